import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';

/** A campus that records exits. */

let house: House;
let passes: House['passes'];
beforeAll(async () => {
  house = await aHouse();
  passes = house.passes;
});
afterAll(() => house?.close());

let north: GateUnderTest;
const make = (wish = {}) => passes.make({ campus: 2, ...wish });
beforeAll(async () => {
  north = await house.openGate('north');
});
afterAll(() => north?.stop());

test('a second entry is already_inside, and after leaving one may come again', async () => {
  const pass = make();
  // Another time step at every entry, as a phone shows it, and another lane.
  const at = (direction: 'in' | 'out', seconds = 0) =>
    north.scan({ value: passes.qr(pass, Date.now() + seconds * 1000), direction, device: randomUUID() });
  expect(await at('in', -30)).toMatchObject({ open: true, reason: 'ok' });
  expect(await at('in')).toMatchObject({ open: false, reason: 'already_inside' });
  expect(await at('out')).toMatchObject({ open: true, reason: 'ok' });
  expect(await at('out')).toMatchObject({ open: true, reason: 'not_inside' });
  expect(await at('in', 30)).toMatchObject({ open: true, reason: 'ok' });
});

test('an exit opens after the window, and after a revocation', async () => {
  const late = make({ from: Date.now() - 20_000, until: Date.now() - 10_000 });
  expect(await north.scan({ value: passes.qr(late), direction: 'out' })).toMatchObject({ open: true });
  const pass = await passes.issue(house.database.db, house.recordingCampus, { campus: 2 });
  await passes.revoke(house.database.db, house.recordingCampus, pass);
  await north.caughtUp();
  expect(await north.scan({ value: passes.qr(pass) })).toMatchObject({ reason: 'revoked' });
  expect(await north.scan({ value: passes.qr(pass), direction: 'out' })).toMatchObject({ open: true });
});
