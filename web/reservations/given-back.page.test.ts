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

interface Sent {
  visitor: VisitorBrowser;
  /** The form as it was sent. */
  form: Record<string, string>;
  path: string;
  reservation: string;
}
const submissionOf = ({ reservation }: Sent) =>
  system.owner('request').where({ reservation_id: reservation, kind: 'submit' }).orderBy('created_at', 'desc').first();

/** Somebody whose request the department sent back, with the form that they correct. */
async function someoneSentBack() {
  const visitor = await new VisitorBrowser(system).settle();
  const approver = await staffBrowser(system.web, 'approver');
  const sent = await visitor.post('/reservations', await visitor.visitForm()).expect(303);
  const reservation = String(sent.headers.location).split('/').at(-1) ?? '';
  const task = await until(
    () => system.owner('task').where({ reservation_id: reservation, status: 'open' }).first(),
    'a task',
  );
  const returned = { request: randomUUID(), return_reason: '请写明器材清单' };
  const sendBack = () => approver.post(`/inbox/${task.id}/return`).type('form').send(returned).expect(303);
  return { visitor, reservation, sendBack };
}

/** Both kinds of form, begun while the worker was there, kept while it is away; neither reaches the engine. */
async function sendUnheard(): Promise<{ first: Sent; corrected: Sent }> {
  const { reservation, sendBack, ...sentBack } = await someoneSentBack();
  const visitor = await new VisitorBrowser(system).settle();
  await until(() => system.owner('reservation').where({ stage: 'details' }).first(), 'the draft is complete');
  await sendBack();
  await untilReservation(system, reservation, ({ stage }) => stage === 'details');
  await system.parts.worker.stop();
  const form = { ...(await visitor.visitForm()), note: '带两箱器材' };
  const returned = await sentBack.visitor.page(`/reservations/new?channel=personal&returned=${reservation}`);
  const correctedForm = { ...formIn(returned), note: '一箱器材' };
  engine.swallow();
  const [first, corrected] = await Promise.all([
    visitor.post('/reservations', form).expect(303),
    sentBack.visitor.post('/reservations', correctedForm).expect(303),
  ]);
  engine.comeBack();
  const path = String(first.headers.location);
  expect(corrected.headers.location).toBe(`/reservations/${reservation}`);
  return {
    first: { visitor, form, path, reservation: path.split('/').at(-1) ?? '' },
    corrected: { ...sentBack, form: correctedForm, path: `/reservations/${reservation}`, reservation },
  };
}

/** The drafts' time passes, the worker is back and closes them, and then the forms are brought. */
async function untilRefused(all: Sent[]): Promise<void> {
  const due = async (at: Date) => {
    for (const one of all) {
      const { id } = await submissionOf(one);
      await system.owner('request').where({ id }).update({ next_attempt_at: at });
    }
  };
  await due(new Date(Date.now() + 3_600_000));
  await wait(draftTtl);
  await system.parts.worker.start();
  for (const { reservation } of all) await untilReservation(system, reservation, ({ stage }) => stage === 'closed');
  await due(new Date());
  for (const one of all) {
    await until(async () => (await submissionOf(one)).status !== 'pending', 'the submission is answered', 60);
    expect(await submissionOf(one)).toMatchObject({ status: 'refused', answer: { code: 'closed' } });
  }
}

let first: Sent;
let corrected: Sent;
const badge = async ({ visitor, path }: Sent) =>
  (await visitor.page('/reservations'))(`a[href="${path}"] .badge`).text();

test('a form sent while the worker is away is kept, and said to be', async () => {
  ({ first, corrected } = await sendUnheard());
  expect((await first.visitor.page(first.path))('.state__text').text()).toContain('内容已保存，不会丢失');
  expect(await badge(first)).toBe('正在提交');
  await untilRefused([first, corrected]);
}, 120_000);

test('its draft’s time over, it is given back until it is taken up', async () => {
  const { visitor, form, path } = first;
  expect((await visitor.page('/'))('a.notice--failed').attr('href')).toBe(path);
  expect(await badge(first)).toBe('未能提交');
  const page = await visitor.page(path);
  expect(page('.state__text').text()).toContain('您填写的内容还在');
  const filled = await visitor.page(page('.state a').attr('href') ?? '');
  expect(filled('[name=note]').val()).toBe('带两箱器材');
  expect(filled('[name=department] option[selected]').attr('value')).toBe(form.department);
  // Looked at, and not taken up: it is still there.
  expect(await badge(first)).toBe('未能提交');

  const done = await visitor.post('/reservations', formIn(filled)).expect(303);
  expect(done.headers.location).not.toBe(path);
  expect((await visitor.page('/'))('a.notice--failed')).toHaveLength(0);
  expect((await visitor.page('/reservations'))(`a[href="${path}"]`)).toHaveLength(0);
});

test('so is what was corrected after it had come back', async () => {
  const notice = (await corrected.visitor.page(corrected.path))('.notice--failed');
  expect(notice.text()).toContain('您填写的内容还在');
  const filled = await corrected.visitor.page(notice.find('a').attr('href') ?? '');
  expect(filled('[name=note]').val()).toBe('一箱器材');
});
