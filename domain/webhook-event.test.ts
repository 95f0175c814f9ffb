import { describe, expect, test } from 'vitest';
import { type Stage, stages } from './reservation.ts';
import { eventOfTransition, pauseAfter } from './webhook-event.ts';

describe('what a transition tells other systems', () => {
  test.each<[Stage, Stage, string]>([
    ['registration', 'approval', 'visit.requested'],
    ['details', 'approval', 'visit.requested'],
    ['approval', 'details', 'visit.returned'],
    ['approval', 'pass', 'visit.approved'],
    ['pass', 'visit', 'visit.ready'],
    ['approval', 'closed', 'visit.ended'],
    ['visit', 'closed', 'visit.ended'],
  ])('from %s to %s: %s', (before, now, event) => expect(eventOfTransition(before, now)).toBe(event));

  test('nothing where its stage stays', () => {
    expect(stages.map((stage) => eventOfTransition(stage, stage)).filter(Boolean)).toEqual([]);
  });
});

test('it is tried again for three days and more, ever more seldom, and not all at the same moment', () => {
  const pauses = Array.from({ length: 9 }, (_, n) => pauseAfter(n + 1, 0) ?? 0);
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
  expect(pauses.reduce((sum, pause) => sum + pause) / 3_600_000).toBeGreaterThan(72);
  expect(pauseAfter(10, 0)).toBeUndefined();
  expect(pauseAfter(1, 0.5)).toBe(5_250);
});
