import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BlackHole, openBlackHole } from '../../testing/black-hole.ts';
import { untilReservation } from '../../testing/reservations.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { sharedGround } from '../../testing/system/ground.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** "It is kept and will not be lost": a form that its draft did not live to see comes back filled in. */

const draftTtl = 12_000;
let system: System;
let engine: BlackHole;
beforeAll(async () => {
  const ground = await sharedGround();
  const [host = '', port] = ground.temporal.address.split(':');
  engine = await openBlackHole({ host, port: Number(port) });
  const env = { TEMPORAL_ADDRESS: `127.0.0.1:${engine.port}` };
  system = await startSystem({ ground, env, start: ['sandbox', 'worker', 'web'], durations: { draftTtl } });
}, 120_000);
afterAll(async () => {
  await system?.stop();
  await engine?.close();
});

/** The form is kept, and does not reach the engine. @returns where the page leads */
async function sendUnheard(visitor: VisitorBrowser, form: Record<string, string>): Promise<string> {
  engine.swallow();
  const sent = await visitor.post('/reservations', form).expect(303);
  engine.takeOver();
  return String(sent.headers.location);
}

type Drawn = Awaited<ReturnType<VisitorBrowser['page']>>;
/** What a browser sends of the form as it is drawn: a choice is the option that is selected. */
function formIn(page: Drawn): Record<string, string> {
  const form = page('form[action="/reservations"]');
  const typed = form.serializeArray().map(({ name, value }) => [name, value]);
  const chosen = form
    .find('select')
    .toArray()
    .map((select) => [select.attribs.name, page(select).find('option[selected]').attr('value') ?? '']);
  return Object.fromEntries([...typed, ...chosen]);
}
const newestSubmission = () => system.owner('request').where({ kind: 'submit' }).orderBy('created_at', 'desc').first();
/** The draft's time passes, the worker is back and closes it, and then the form is brought. */
async function untilRefused(reservation: string): Promise<void> {
  const { id } = await newestSubmission();
  const due = (at: Date) => system.owner('request').where({ id }).update({ next_attempt_at: at });
  await due(new Date(Date.now() + 3_600_000));
  await wait(draftTtl);
  await system.parts.worker.start();
  await untilReservation(system, reservation, ({ stage }) => stage === 'closed');
  await due(new Date());
  await until(async () => (await newestSubmission()).status !== 'pending', 'the submission is answered', 60);
  expect(await newestSubmission()).toMatchObject({ status: 'refused', answer: { code: 'closed' } });
}

test('a form sent while the worker is away, its draft’s time over, is given back until it is taken up', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  await until(() => system.owner('reservation').where({ stage: 'details' }).first(), 'the draft is complete');
  await system.parts.worker.stop();
  const form: Record<string, string> = { ...(await visitor.visitForm()), note: '带两箱器材' };
  const path = await sendUnheard(visitor, form);
  expect((await visitor.page(path))('.state__text').text()).toContain('内容已保存，不会丢失');
  const badge = async () => (await visitor.page('/reservations'))(`a[href="${path}"] .badge`).text();
  expect(await badge()).toBe('正在提交');
  await untilRefused(path.split('/').at(-1) ?? '');

  expect((await visitor.page('/'))('a.notice--failed').attr('href')).toBe(path);
  expect(await badge()).toBe('未能提交');
  const page = await visitor.page(path);
  expect(page('.state__text').text()).toContain('您填写的内容还在');
  const filled = await visitor.page(page('.state a').attr('href') ?? '');
  expect(filled('[name=note]').val()).toBe('带两箱器材');
  expect(filled('[name=department] option[selected]').attr('value')).toBe(form.department);
  // Looked at, and not taken up: it is still there.
  expect(await badge()).toBe('未能提交');

  const done = await visitor.post('/reservations', formIn(filled)).expect(303);
  expect(done.headers.location).not.toBe(path);
  expect((await visitor.page('/'))('a.notice--failed')).toHaveLength(0);
  expect((await visitor.page('/reservations'))(`a[href="${path}"]`)).toHaveLength(0);
}, 120_000);

test('so is what was corrected after it had come back', async () => {
  const visitor = await new VisitorBrowser(system).settle();
  const approver = await staffBrowser(system.web, 'approver');
  const sent = await visitor.post('/reservations', await visitor.visitForm()).expect(303);
  const path = String(sent.headers.location);
  const reservation = path.split('/').at(-1) ?? '';
  const task = await until(
    () => system.owner('task').where({ reservation_id: reservation, status: 'open' }).first(),
    'a task',
  );
  const returned = { request: randomUUID(), return_reason: '请写明器材清单' };
  await approver.post(`/inbox/${task.id}/return`).type('form').send(returned).expect(303);
  await untilReservation(system, reservation, ({ stage }) => stage === 'details');
  await system.parts.worker.stop();
  const form = formIn(await visitor.page(`/reservations/new?channel=personal&returned=${reservation}`));
  await sendUnheard(visitor, { ...form, note: '一箱器材' });
  await untilRefused(reservation);
  const notice = (await visitor.page(path))('.notice--failed');
  expect(notice.text()).toContain('您填写的内容还在');
  const filled = await visitor.page(notice.find('a').attr('href') ?? '');
  expect(filled('[name=note]').val()).toBe('一箱器材');
}, 120_000);
