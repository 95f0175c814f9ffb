import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encode } from '../../testing/bad-input/ground.ts';
import { pageAgent } from '../../testing/page-agent.ts';
import { type Ground, sharedGround } from '../../testing/system/ground.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** docs/operations.md, "From an empty installation to the first approved visit": these pages alone, and no SQL. */

let ground: Ground;
let system: System;
beforeAll(async () => {
  ground = await sharedGround();
  system = await startSystem({ ground, seed: false, start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const content = '/admin/content';
const browser = () => pageAgent(system.web).set({ Origin: system.web });
type Agent = ReturnType<typeof browser>;
const send = (agent: Agent, path: string, form: Record<string, string>) =>
  agent.post(path).type('form').send(encode(form)).expect(303);
const page = async (agent: Agent, path: string) => load((await agent.get(path).expect(200)).text);

/** A form of a page as it stands, with what is typed into it. */
async function fillIn(agent: Agent, path: string, action: string, typed: Record<string, string>) {
  const form = (await page(agent, path))(`form[action="${action}"]`);
  const drawn = Object.fromEntries(form.serializeArray().map(({ name, value }) => [name, value]));
  return send(agent, action, { ...drawn, ...typed });
}

const names = (zh: string, en: string) => ({ name_zh: zh, name_en: en });
const chosen = 'the ginkgo beside the gate';

test('an office begins with an admin and ends with a pass', async () => {
  const first = 'correct horse battery';
  const made = spawnSync(process.execPath, ['bin/admin-create.ts'], {
    env: { PATH: process.env.PATH, DATABASE_URL: ground.url },
    input: `chen.jing\n陈静\n${first}\n`,
  });
  expect(made.status, String(made.stderr)).toBe(0);

  const admin = browser();
  const login = await send(admin, '/staff/login', { username: 'chen.jing', password: first });
  expect(login.headers.location).toBe('/staff');
  expect((await admin.get('/staff').expect(303)).headers.location).toBe('/staff/password');
  const own = { present_password: first, password: chosen, password_again: chosen };
  await fillIn(admin, '/staff/password', '/staff/password', own);

  await fillIn(admin, `${content}/university`, `${content}/university/edits`, names('河北大学', 'Hebei University'));
  await fillIn(admin, `${content}/campuses/new`, `${content}/campuses`, names('本部', 'Main campus'));
  const campus = (await page(admin, content))('a[href*="gates/new"]').attr('href')?.split('campus=')[1] ?? '';
  const keys = { identity_key: randomBytes(32).toString('hex'), sealing_key: randomBytes(32).toString('hex') };
  const gate = { gate_id: 'south', ...keys, ...names('南门', 'South gate') };
  await fillIn(admin, `${content}/gates/new?campus=${campus}`, `${content}/gates`, gate);
  const departments = `${content}/departments`;
  await fillIn(admin, `${departments}/new?campus=${campus}`, departments, names('图书馆', 'Library'));
  await fillIn(admin, `${content}/reasons/new`, `${content}/reasons`, names('参观', 'Tour'));
  for (const kind of ['terms', 'filling', 'privacy', 'visiting', 'face', 'minors', 'companion']) {
    const at = `${content}/notices/${kind}`;
    const text = { title_zh: '须知', title_en: 'Notice', body_zh: `须知 ${kind}`, body_en: `Notice ${kind}` };
    const { version = '0' } = Object.fromEntries(
      (await page(admin, at))('form[method=post]')
        .serializeArray()
        .map(({ name, value }) => [name, value]),
    );
    await send(admin, `${at}/versions`, { version, ...text });
  }

  expect((await page(admin, departments))('.tree li:contains("图书馆")').text()).toContain('无审批人');
  const library = (await page(admin, departments))('.tree a:contains("图书馆")').attr('href')?.split('/').at(-1) ?? '';
  const form = { name: '王芳', username: 'wang.fang', role: 'approver', department: library };
  const account = await fillIn(admin, '/admin/staff/new', '/admin/staff', form);
  const link = (await page(admin, String(account.headers.location)))('textarea').text().trim();

  const approver = browser();
  await approver.get(new URL(link).pathname).expect(303);
  await fillIn(approver, '/staff/password', '/staff/password', { password: chosen, password_again: chosen });
  await send(approver, '/staff/login', { username: 'wang.fang', password: chosen });

  const visitor = await new VisitorBrowser(system).settle();
  const wish = await visitor.visitForm('official');
  await visitor.agent.post('/reservations').type('form').send(encode(wish)).expect(303);
  const task = await until(async () => {
    const $ = await page(approver, '/inbox');
    return $('section[aria-labelledby=waiting] a').attr('href');
  }, 'the task');
  await fillIn(approver, task, `${task}/decision`, { verdict: 'approved' });
  await until(async () => {
    const passes = await visitor.agent.get('/passes');
    return String(passes.headers.location).startsWith('/passes/');
  }, 'the pass');
});
