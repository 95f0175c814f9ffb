import { expect, test } from 'vitest';
import { createClock } from './clock.ts';

/** What a gate thinks of its own clock. */

const asked = Date.UTC(2027, 0, 4, 2);
const told = (server: number, took = 0) => {
  const clock = createClock();
  clock.learn(server, { asked, answered: asked + took });
  return clock.isWrong();
};

test('a clock that nobody compared yet is believed', () => {
  expect(createClock().isWrong()).toBe(false);
});

test.each([
  ['the same', 0, false],
  ['half a minute behind', 30_000, false],
  ['more than that behind', 30_001, true],
  ['half a minute ahead', -30_000, false],
  ['more than that ahead', -30_001, true],
])('%s', (_what, off, wrong) => {
  expect(told(asked + off)).toBe(wrong);
});

test('an answer that took its time says nothing of the clock', () => {
  expect(told(asked + 60_000, 90_000)).toBe(false);
  expect(told(asked + 121_000, 90_000)).toBe(true);
});

test('a server that refuses it for its clock is believed, until one answers', () => {
  const clock = createClock();
  clock.refuse();
  expect(clock.isWrong()).toBe(true);
  clock.learn(asked, { asked, answered: asked });
  expect(clock.isWrong()).toBe(false);
});
