import { randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aDocument, encode, inHours, staffAt, valuesOf } from '../../testing/bad-input/ground.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** A group, larger than any other party, in the later life of its visit. */

let system: System;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
});
afterAll(() => system?.stop());

const size = 70;

async function aGroupVisit() {
  const visitor = await new VisitorBrowser(system).settle();
  const { id: department } = await system.owner('department').where({ name_zh: '信息科学与工程学院' }).first('id');
  const form = { ...(await visitor.visitForm('official')), department, from: inHours(48), until: inHours(50) };
  const left = await visitor.post('/companions/selection', form).expect(303);
  const [, party = ''] = /party=([0-9a-f-]{36})/.exec(String(left.headers.location)) ?? [];
  const declared = (await visitor.page(`/companions/group?party=${party}`))('[name=declared]').attr('value') ?? '';
  const lines = Array.from({ length: size }, (_, n) => `团员${'甲乙丙丁戊己庚'[n % 7]},,身份证,${aDocument()}`);
  const sheet = Buffer.from(['姓名,手机号,证件类型,证件号', ...lines].join('\n'));
  const taken = await visitor.agent
    .post('/companions/group')
    .field({ party, declared })
    .attach('sheet', sheet, 'group.csv')
    .expect(303);
  const sent = await submit(visitor, String(taken.headers.location), { department });
  return { visitor, department, reservation: sent };
}

/** The form at this address as it stands. @returns the reservation's id */
async function submit(visitor: VisitorBrowser, address: string, more: Record<string, string>): Promise<string> {
  const form = valuesOf((await visitor.agent.get(address).expect(200)).text, 'form[action="/reservations"]');
  const answer = await visitor.post('/reservations', { ...form, ...more });
  expect(load(answer.text)('.field__error').text()).toBe('');
  const [, id = ''] = /reservations\/([0-9a-f-]{36})/.exec(String(answer.headers.location)) ?? [];
  return id;
}

const stands = (id: string, round: number) =>
  until(
    () =>
      system
        .owner('reservation')
        .where({ id, stage: 'approval', round, persons: size + 1 })
        .first(),
    'the whole group waits for its approval',
  );

test('is corrected after it came back, copied, and made smaller by many at once', async () => {
  const { visitor, department, reservation } = await aGroupVisit();
  await stands(reservation, 0);
  const { id: task } = await system.owner('task').where({ reservation_id: reservation, status: 'open' }).first('id');
  const { send } = await staffAt(system, 'approver', `/inbox/${task}/return`);
  expect((await send({ request: randomUUID(), return_reason: '请补充事由' })).status).toBe(303);
  await until(() => system.owner('reservation').where({ id: reservation, stage: 'details' }).first('id'), 'it is back');
  const again = `/reservations/new?channel=official&returned=${reservation}`;
  expect(await submit(visitor, again, { department, note: '参观实验室' })).toBe(reservation);
  await stands(reservation, 1);

  const change = `/reservations/${reservation}/changes`;
  const page = (await visitor.agent.get(change).expect(200)).text;
  const ordinals = load(page)('[name=remove]')
    .map((_, one) => load(page)(one).attr('value'))
    .get();
  expect(ordinals).toHaveLength(size);
  const removed = { ...valuesOf(page, `form[action="${change}"]`), remove: ordinals.slice(0, size - 5) };
  await visitor.agent.post(change).type('form').send(encode(removed)).expect(303);
  await until(() => system.owner('reservation').where({ id: reservation, persons: 6 }).first('id'), 'fewer');

  const copy = `/reservations/new?channel=official&copy=${reservation}`;
  const begun = { department, from: inHours(72), until: inHours(74) };
  const other = await aGroupVisit();
  const copied = `/reservations/new?channel=official&copy=${other.reservation}`;
  await stands(other.reservation, 0);
  await stands(await submit(other.visitor, copied, begun), 0);
  expect((await visitor.agent.get(copy).expect(200)).text).toContain('团员');
});
