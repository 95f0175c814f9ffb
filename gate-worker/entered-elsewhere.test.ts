import { expect, test } from 'vitest';
import { againWithin } from '../domain/feed.ts';
import { createEnteredElsewhere } from './entered-elsewhere.ts';

const now = 1_800_000_000_000;
const south = { 'zh-CN': '南门', en: 'South Gate' };
const east = { 'zh-CN': '东门', en: 'East Gate' };
const entry = (at: number, gate = south) => ({ reservation: 'r', ordinal: 0, at, gate });

test('keeps the newest entry of a person, in whatever order it is told', () => {
  const elsewhere = createEnteredElsewhere();
  elsewhere.learn({ after: 0, through: 7, entries: [entry(now - 1_000, east), entry(now - 5_000)] }, now);
  elsewhere.learn({ after: 7, through: 9, entries: [entry(now - 5_000)] }, now);
  expect(elsewhere.find('r', 0, now)).toEqual({ at: now - 1_000, gate: east });
  expect(elsewhere.find('r', 1, now)).toBeUndefined();
  expect(elsewhere.through()).toBe(9);
});

test('takes an entry of a clock that is ahead for one of now, and forgets it in its time', () => {
  const elsewhere = createEnteredElsewhere();
  elsewhere.learn({ after: 0, through: 1, entries: [entry(now + 90_000)] }, now);
  expect(elsewhere.find('r', 0, now)?.at).toBe(now);
  expect(elsewhere.find('r', 0, now + againWithin)?.at).toBe(now);
  expect(elsewhere.find('r', 0, now + againWithin + 1)).toBeUndefined();
});
