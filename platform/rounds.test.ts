import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createLog } from './log.ts';
import { createRounds } from './rounds.ts';

const log = createLog('test', 'silent');

it('one round follows the other, also after one that failed, until a stop', async () => {
  let count = 0;
  const third = Promise.withResolvers<void>();
  const rounds = createRounds({
    every: 1,
    log,
    failure: 'a round failed',
    round: async () => {
      count += 1;
      if (count === 1) throw new Error('the first fails');
      if (count === 3) third.resolve();
    },
  });
  rounds.start();
  rounds.start();
  await third.promise;
  await rounds.stop();
  const atTheStop = count;
  await wait(20);
  expect(count).toBe(atTheStop);
});

it('a stop waits for the round under way, tells it, and does not wait for the next', async () => {
  const begun = Promise.withResolvers<void>();
  let told = false;
  let finished = false;
  const rounds = createRounds({
    every: 3600_000,
    log,
    failure: 'a round failed',
    round: async (signal) => {
      begun.resolve();
      await wait(50);
      told = signal.aborted;
      finished = true;
    },
  });
  rounds.start();
  await begun.promise;
  await rounds.stop();
  expect([told, finished]).toEqual([true, true]);
});

it('rounds that were stopped can be started again', async () => {
  let begun = Promise.withResolvers<void>();
  const rounds = createRounds({ every: 1, log, failure: 'a round failed', round: async () => begun.resolve() });
  rounds.start();
  await begun.promise;
  await rounds.stop();
  begun = Promise.withResolvers<void>();
  rounds.start();
  await begun.promise;
  await rounds.stop();
});
