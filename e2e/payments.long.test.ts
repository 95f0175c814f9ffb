import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJourney } from '../bench/journey.ts';
import { inLanes } from '../bench/lanes.ts';
import { type People, preparePeople } from '../bench/people.ts';
import { daysOf } from '../domain/time.ts';
import { feesByDay, price } from '../testing/paying.ts';
import { type OwnGround, ownGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { type Blow, blows, createStriker } from './faults/blows.ts';
import { leftUndone } from './faults/verdict.ts';
import { type Fate, type Milestone, payAsFated } from './payment-faults/payer.ts';
import { untilMoneyRests, wrongBooks, wrongMoney } from './payment-faults/verdict.ts';
import { aVisitor } from './people.ts';

const payments = Number(process.env.XIAOMEN_VISITS ?? 200);
const lanes = 12;

/** Of every ten. */
const ten: Fate[] = [
  ...(['pays', 'pays and cancels', 'pays twice', 'pays', 'pays in cash'] as const),
  ...(['cancels while paying', 'pays', 'pays and cancels', 'pays', 'pays nothing'] as const),
];
/** While one stands at the named step, others are at all of them. Of two hundred. */
const plan: Blow<Milestone>[] = [
  ...blows('ordered', { 12: 'worker', 45: 'web', 90: 'postgres', 140: 'web', 180: 'engine' }),
  ...blows('paid', { 8: 'web', 30: 'worker', 60: 'engine', 100: 'postgres', 130: 'web', 165: 'worker' }),
  ...blows('passed', { 20: 'worker', 60: 'web', 95: 'engine' }),
  ...blows('cancelled', { 5: 'worker', 15: 'web', 30: 'postgres', 45: 'worker' }),
];
/** The provider is not ours to kill: it keeps what it took, and answers as badly as lines and partners do. */
const atProvider: [target: string, mode: string][] = [
  ['pay.notice', 'never'],
  ['pay.open', 'lose'],
  ['pay.notice', 'twice'],
  ['pay.refund', 'lose'],
  ['pay.notice', 'late'],
  ['pay.query', 'drop'],
  ['pay.notice', 'forged'],
  ['pay.close', 'lose'],
];

let ground: OwnGround;
let system: System;
let people: People;
beforeAll(async () => {
  ground = await ownGround();
  system = await startSystem({
    ground,
    run: 'apart',
    logLevel: 'info',
    envOf: { sandbox: { SANDBOX_PAY_HASTE: '50' } },
  });
  people = await preparePeople(system, join(system.folder, 'keys', 'web'), payments);
  await system.owner('campus').update({ daily_capacity: null });
  const { id: campus } = await system.owner('campus').where({ number: 1 }).first('id');
  await system.owner('fee_table').insert({ campus_id: campus, version: 1, document: JSON.stringify(feesByDay) });
}, 240_000);
afterAll(() => system?.stop());

it(`${payments} payments come out even while every part of ours is killed again and again`, {
  timeout: 900_000,
}, async () => {
  const journey = await createJourney({ ...system, people });
  const { id: security } = await system.owner('staff').where({ username: 'security' }).first('id');
  const [desk] = await people.signIn([security]);
  if (!desk) throw new Error('Nobody is at the desk');
  const end = new Date(Date.now() + 3_600_000);
  // Near midnight the visits go on into a second day, which costs as much.
  const owed = price * daysOf(new Date(), end).length;
  const asked: { visitor: People['visitors'][number]; reservation: string; fate: Fate; n: number }[] = [];
  let next = 0;
  await inLanes({ count: payments, lanes: 8 }, async () => {
    const n = next++;
    const visitor = people.nextVisitor();
    const reservation = await journey.submit(visitor, end, aVisitor(n).plate);
    await journey.approve(reservation);
    asked.push({ visitor, reservation, n, fate: ten[n % ten.length] ?? 'pays' });
  });

  const due = plan.map((blow) => ({ ...blow, count: Math.max(1, Math.floor((blow.count * payments) / 200)) }));
  const striker = createStriker(system, ground, due);
  const waiting = [...asked];
  const paying = inLanes({ count: asked.length, lanes }, async () => {
    const one = waiting.shift();
    if (!one) return;
    const [target = '', mode = ''] = atProvider[one.n % atProvider.length] ?? [];
    await fetch(`${system.sandbox}/inspect/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ target, mode, times: 1 }),
    });
    await payAsFated({ system, journey, desk, reached: striker.reached, ...one }, one.fate);
  });
  await Promise.race([paying, striker.broken]);
  await striker.settled();
  await untilMoneyRests(system);

  expect([...striker.open]).toEqual([]);
  expect(await wrongMoney(system, asked, owed)).toEqual([]);
  expect(await wrongBooks(system)).toEqual([]);
  expect((await leftUndone(system)).filter((one) => one.startsWith('pending'))).toEqual([]);
  journey.close();
});
