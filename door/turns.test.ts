import { expect, test } from 'vitest';
import { createTurns, mostAtOnce } from './turns.ts';

const never = new AbortController().signal;

test('calls of a gate that come sooner than a hundred a second wait, each a little longer, and other gates do not', async () => {
  const clock = { at: 5_000, waited: [] as number[] };
  const turns = createTurns({ now: () => clock.at, pause: async (ms) => void clock.waited.push(ms) });
  for (let n = 0; n < 4; n += 1) await turns.turn('south', never);
  await turns.turn('east', never);
  expect(clock.waited).toEqual([10, 20, 30]);
  clock.at += 1_000;
  await turns.turn('south', never);
  expect(clock.waited).toHaveLength(3);
});

test('a gate that has as many calls open as it may begins no more until one has ended', () => {
  const turns = createTurns();
  const begun = Array.from({ length: mostAtOnce + 1 }, () => turns.begin('south'));
  expect(begun.filter(Boolean)).toHaveLength(mostAtOnce);
  expect(turns.begin('east')).toBe(true);
  turns.end('south');
  expect(turns.begin('south')).toBe(true);
});
