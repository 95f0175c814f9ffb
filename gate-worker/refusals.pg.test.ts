import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { refusedAtGates } from '../store/gates/refusal.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { scannerAt } from '../testing/gates.ts';
import { until } from '../testing/until.ts';
import { startGate } from './start.ts';

/** What opened nothing reaches the record too, without a workflow that wakes up for it. */

let house: House;
let passes: House['passes'];
let south: GateUnderTest;
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
  south = await house.openGate('south');
});
afterAll(async () => {
  await south?.stop();
  await house?.close();
});

const rows = () => house.database.db('gate_refusal').where({ gate_id: 'south' }).orderBy('occurred_at');

test('each refused scan is recorded once, in order, with its reason and its own time', async () => {
  const pass = passes.make();
  const { reservation } = pass.claims;
  const began = Date.now();
  const picture = passes.bareQr(pass);
  expect(await south.scan({ value: picture })).toMatchObject({ reason: 'stale_code' });
  const nonce = randomUUID();
  for (const _ of [1, 2]) await south.scan({ value: 'nothing of ours', nonce });
  await south.scan({ value: passes.qr(pass) });
  expect(await south.scan({ value: picture, device: 'lane-2' })).toMatchObject({ reason: 'stale_code' });
  await until(async () => (await rows()).length === 3, 'all are recorded');
  expect(await rows()).toMatchObject([
    { reason: 'stale_code', direction: 'in', method: 'qr', asked_by: 'scanner', reservation_id: reservation },
    { reason: 'unknown_pass', reservation_id: null, ordinal: null },
    { reason: 'stale_code', reservation_id: reservation },
  ]);
  const told = await refusedAtGates(house.database.db, reservation);
  expect(told).toHaveLength(2);
  for (const { at } of told) expect(at.getTime()).toBeGreaterThanOrEqual(began);
});

test('what happened without a network is told once it is back, more than one batch too, and again after a crash', async () => {
  const lonely = await house.openGate('east');
  const settings = { ...lonely.settings };
  await lonely.stop();
  const away = await startGate({ ...settings, FEED_URL: 'http://127.0.0.1:9' });
  const scan = scannerAt(() => away.url, lonely.token);
  const many = 201;
  for (let n = 0; n < many; n += 1) expect(await scan({ value: `nothing ${n}` })).toMatchObject({ open: false });
  await away.stop();
  const back = await startGate(settings);
  const told = () => house.database.db('gate_refusal').where({ gate_id: 'east' });
  await until(async () => (await told()).length === many, 'all are told');
  await back.stop();
  expect(new Set((await told()).map(({ id }) => id)).size).toBe(many);
});

test('nobody but the gate itself tells of its scans', async () => {
  const body = JSON.stringify({ scans: [] });
  const answer = await fetch(`${house.web.url}/gates/south/refusals`, {
    method: 'POST',
    headers: { 'x-gate-time': String(Date.now()), 'x-gate-signature': 'AAAA' },
    body,
  });
  expect([answer.status, await answer.json()]).toEqual([401, { code: 'not_accepted' }]);
});
