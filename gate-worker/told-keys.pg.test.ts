import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type GateKeyUse, vouchText } from '../domain/gate-keys.ts';
import { generatePair } from '../platform/key-making.ts';
import type { SigningRing } from '../platform/keys.ts';
import { createLog } from '../platform/log.ts';
import { createSigner } from '../platform/signing.ts';
import { gatesWithKey, gatesWithoutKey } from '../store/gates/gate.ts';
import { revokePublicKey, tellPublicKeys } from '../store/keys/public-keys.ts';
import { aHouse, type GateUnderTest, type House } from '../testing/gate-house.ts';
import { passesOf } from '../testing/passes.ts';
import { until } from '../testing/until.ts';

/** A gate learns of public keys from its feed, and believes only what a key that it believes has signed. */

let house: House;
let east: GateUnderTest;
beforeEach(async () => {
  house = await aHouse();
  east = await house.openGate('east');
});
afterEach(async () => {
  await east?.stop();
  await house?.close();
});

const log = createLog('test', 'silent');
const database = () => house.database.db;

/** The ring with one key more, which is not in use yet. */
function withNext(ring: SigningRing): { ring: SigningRing; next: number } {
  const next = ring.current + 1;
  const pair = generatePair('ed25519');
  const pairs = new Map([...ring.pairs, [next, { ...pair, public: Buffer.from(pair.public, 'base64') }]]);
  return { ring: { ...ring, pairs }, next };
}
/** As after the ring's next key came into use. */
function using({ ring, next }: { ring: SigningRing; next: number }): SigningRing {
  const currentPair = ring.pairs.get(next);
  if (!currentPair) throw new Error('There is no such key');
  return { ...ring, current: next, currentPair };
}
const believes = (use: GateKeyUse, kid: number) =>
  until(async () => !(await gatesWithoutKey(database(), { use, kid })).includes('east'), `east believes ${use} ${kid}`);
const scan = (text: string) => east.scan({ value: text, device: randomUUID() });
/** One by the next key of passes, which nothing else tells from the others. */
function passOfNext(pass: SigningRing, next: number) {
  const { make, qr } = passesOf({ web: house.keys.web, worker: { ...house.keys.worker, pass } });
  const made = make({ keyId: next });
  return () => qr(made);
}

test('it believes the next key as soon as the feed tells of it, and still does after a restart', async () => {
  const told = withNext(house.keys.worker.pass);
  const show = passOfNext(using(told), told.next);
  expect(await scan(show())).toMatchObject({ open: false, reason: 'bad_signature' });
  expect(await gatesWithoutKey(database(), { use: 'pass', kid: told.next })).toEqual(['east', 'north', 'south']);
  tellPublicKeys(database(), { pass: told.ring }, log)();
  await believes('pass', told.next);
  expect(await scan(show())).toMatchObject({ open: true });
  house.road.change = () => '';
  await east.restart();
  expect((await scan(passOfNext(using(told), told.next)())).open).toBe(true);
});

test('a key of passes that a feed key vouches for is not believed: pages make no passes', async () => {
  const { feed } = house.keys.web;
  const forged = withNext(house.keys.worker.pass);
  const key = { use: 'pass' as const, kid: forged.next, public: using(forged).currentPair.public.toString('base64') };
  const vouch = createSigner(feed.currentPair.private)(Buffer.from(vouchText(key)));
  const row = { ...key, public: Buffer.from(key.public, 'base64'), vouch };
  for (const kid of [house.keys.worker.pass.current, feed.current]) {
    await house.database.owner('public_key').delete();
    await house.database.owner('public_key').insert({ ...row, vouched_by: kid });
    const honest = withNext(house.keys.web.renewal);
    tellPublicKeys(database(), { renewal: honest.ring }, log)();
    await believes('renewal', honest.next);
    expect(await gatesWithoutKey(database(), key)).toContain('east');
    expect(await scan(passOfNext(using(forged), forged.next)())).toMatchObject({ reason: 'bad_signature' });
  }
});

test('what a revoked key signed opens no more, also after a restart with the key still in its folder', async () => {
  const told = withNext(house.keys.worker.pass);
  const [old, next] = [house.passes.make(), passOfNext(using(told), told.next)];
  expect(await scan(house.passes.qr(old))).toMatchObject({ open: true });
  tellPublicKeys(database(), { pass: told.ring }, log)();
  await believes('pass', told.next);
  await database()('public_key').where({ use: 'pass', kid: 1 }).update({ revoked_at: new Date() });
  await until(async () => (await gatesWithoutKey(database(), { use: 'pass', kid: 1 })).includes('east'), 'it is gone');
  expect(await scan(house.passes.qr(house.passes.make()))).toMatchObject({ open: false, reason: 'bad_signature' });
  expect(await scan(next())).toMatchObject({ open: true });
  house.road.change = () => '';
  await east.restart();
  expect(await scan(house.passes.qr(house.passes.make()))).toMatchObject({ open: false, reason: 'bad_signature' });
});

test('a lost key of renewals or of the feed: what it signs is refused, what the next one signs is not', async () => {
  const { renewal, feed } = house.keys.web;
  const lost = { renewal: { ...renewal }, feed: { ...feed } };
  const next = { renewal: withNext(renewal), feed: withNext(feed) };
  const { make, qr } = house.passes;
  tellPublicKeys(database(), { renewal: next.renewal.ring, feed: next.feed.ring }, log)();
  await believes('renewal', next.renewal.next);
  await believes('feed', next.feed.next);
  Object.assign(feed, using(next.feed));
  expect(await scan(qr(make()))).toMatchObject({ open: true });
  for (const use of ['renewal', 'feed'] as const) {
    const key = { use, kid: lost[use].current };
    expect(await revokePublicKey(database(), key)).toBe(true);
    await until(async () => !(await gatesWithKey(database(), key)).includes('east'), `${use} is believed no more`);
  }
  expect(await scan(qr(make()))).toMatchObject({ open: false, reason: 'bad_signature' });
  const web = { ...house.keys.web, renewal: using(next.renewal) };
  expect(await scan(passesOf({ ...house.keys, web }).qr(make()))).toMatchObject({ open: true });
  expect((await east.state()).degraded).not.toContain('feed');
  Object.assign(feed, lost.feed);
  await east.missesFeed();
});

test('a box with an empty store and the key folder of before reads pages that a later key signs', async () => {
  const told = withNext(house.keys.web.feed);
  tellPublicKeys(database(), { feed: told.ring }, log)();
  await believes('feed', told.next);
  Object.assign(house.keys.web.feed, using(told));
  await east.stop();
  await house.database.owner('gate_contact').delete();
  // Its store is in a new folder; it is ready once it has read a page.
  east = await house.openGate('east');
  await believes('feed', told.next);
});
