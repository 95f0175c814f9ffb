import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeBase45, encodeBase45 } from '../domain/base45.ts';
import { boundLength, passLength } from '../domain/pass-token.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { aPhone } from '../testing/passes.ts';

/** A pass that is bound to a phone, at a gate that has nobody to ask. */

let house: House;
let passes: House['passes'];
let south: GateUnderTest;
const phone = aPhone();
const issue = (wish = {}) => passes.issue(house.database.db, house.campus, wish);

beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
  south = await house.openGate('south');
});
afterAll(async () => {
  await south?.stop();
  await house?.close();
});

test('opens with its phone, whether or not the gate has heard of it', async () => {
  const unheard = passes.make({ phone });
  expect(await south.scan({ value: passes.boundQr(unheard, phone) })).toMatchObject({ open: true, reason: 'ok' });
  const heard = await issue({ phone });
  await south.caughtUp();
  const answer = await south.scan({ value: passes.boundQr(heard, phone) });
  expect(answer).toMatchObject({ open: true, reason: 'ok', party: { name: '张*三' } });
});

test.each([
  ['a screenshot of two minutes ago', -120_000, 'stale_code'],
  ['a phone whose clock is two minutes ahead', 120_000, 'stale_code'],
  ['a screenshot within the step before', -30_000, 'ok'],
])('%s', async (_name, ago, reason) => {
  const pass = passes.make({ phone });
  expect(await south.scan({ value: passes.boundQr(pass, phone, Date.now() + ago) })).toMatchObject({ reason });
});

test('copied to another phone it is a broken signature', async () => {
  const pass = passes.make({ phone });
  const answer = await south.scan({ value: passes.boundQr(pass, aPhone()) });
  expect(answer).toMatchObject({ open: false, reason: 'bad_signature', party: null });
});

test('without a phone’s signature, or with the server’s instead, it never opens', async () => {
  const pass = passes.make({ phone });
  expect(await south.scan({ value: passes.bareQr(pass) })).toMatchObject({ open: false, reason: 'stale_code' });
  const renewal = bytesOf(passes.qr(passes.make())).subarray(passLength);
  const mixed = Buffer.concat([pass.token, renewal]);
  expect(mixed).toHaveLength(boundLength + 70);
  expect(await south.scan({ value: `XM1:${encodeBase45(mixed)}` })).toMatchObject({ open: false });
});

test('once a pass is bound, a picture of the one before is revoked', async () => {
  const before = await issue();
  await south.caughtUp();
  // One step for both, also where the next one begins meanwhile.
  const now = Date.now();
  expect(await south.scan({ value: passes.qr(before, now) })).toMatchObject({ open: true });
  const bound = await issue({ reservation: before.claims.reservation, version: 2, phone });
  await south.caughtUp();
  expect(await south.scan({ value: passes.qr(before) })).toMatchObject({ open: false, reason: 'revoked' });
  // The same person's step is used; the next one opens.
  const value = (at: number) => passes.boundQr(bound, phone, at);
  expect(await south.scan({ value: value(now) })).toMatchObject({ open: false, reason: 'already_used' });
  expect(await south.scan({ value: value(now + 30_000) })).toMatchObject({ open: true, reason: 'ok' });
});

test('the same pass on paper asks for the document, and opens with it', async () => {
  const paper = await issue({ form: 'static' });
  await south.caughtUp();
  const value = passes.bareQr(paper);
  expect(await south.scan({ value })).toMatchObject({ open: false, reason: 'id_required', party: { name: '张*三' } });
  expect(await south.scan({ value, document: '000000' })).toMatchObject({ open: false, reason: 'id_required' });
  expect(await south.scan({ value, document: paper.document })).toMatchObject({ open: true, reason: 'ok' });
});

const bytesOf = (qr: string): Uint8Array => decodeBase45(qr.slice(4)) ?? new Uint8Array();
