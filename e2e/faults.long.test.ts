import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OwnGround, ownGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { createStriker, plan } from './faults/blows.ts';
import {
  type Expected,
  leftUndone,
  unrecordedTexts,
  wrongEntries,
  wrongMessages,
  wrongOutcomes,
} from './faults/verdict.ts';
import { type Fate, walkVisit } from './faults/walk.ts';
import { aVisitor } from './people.ts';

const visits = 50;
const lanes = 10;
/**
 * All windows end at one moment, in the middle of the last blows. Far enough away that fifty visits are through before on
 * a busy machine too: one that expires undecided says nothing about the process.
 */
const untilTheEnd = 420_000;

/** Of every ten visitors. */
const ten: Fate[] = [
  ...(['visits', 'visits twice', 'visits', 'cancels early', 'visits'] as const),
  ...(['stays away', 'visits twice', 'is refused', 'visits', 'cancels late'] as const),
];

let ground: OwnGround;
let system: System;
beforeAll(async () => {
  ground = await ownGround();
  system = await startSystem({ ground, run: 'apart', durations: { settleFor: 20_000 }, logLevel: 'info' });
}, 120_000);
afterAll(() => system?.stop());

it('50 visits end as they should while every part is killed again and again', { timeout: 900_000 }, async () => {
  const striker = createStriker(system, ground, plan);
  const end = Date.now() + untilTheEnd;
  const waiting = Array.from({ length: visits }, (_, n) => n);
  const one = (n: number) =>
    walkVisit({
      system,
      visitor: aVisitor(n),
      until: end,
      reached: striker.reached,
      fate: ten[n % ten.length] ?? 'visits',
      wechat: Math.floor(n / ten.length) % 2 === 0,
    });
  const expected: Expected[] = [];
  const walks = Array.from({ length: lanes }, async () => {
    for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) expected.push(await one(n));
  });
  await Promise.race([Promise.all(walks), striker.broken]);
  await everyEnd(striker.reached, end);
  await striker.settled();

  expect([...striker.open]).toEqual([]);
  expect(await wrongOutcomes(system, expected)).toEqual([]);
  expect(await wrongEntries(system)).toEqual([]);
  expect(await wrongMessages(system)).toEqual([]);
  expect(await unrecordedTexts(system)).toEqual([]);
  expect(await leftUndone(system)).toEqual([]);
});

/** Tells of ends as the rows show them, until all visits have ended or have had their time. */
async function everyEnd(reached: (milestone: 'ended') => void, end: number): Promise<void> {
  const giveUp = end + 120_000;
  for (let told = 0; told < visits && Date.now() < giveUp; await pause(500)) {
    // The database may be away just now.
    const row = await system
      .owner('reservation')
      .where({ stage: 'closed' })
      .count('* as n')
      .first()
      .catch(() => null);
    for (; told < Number(row?.n ?? 0); told += 1) reached('ended');
  }
}
