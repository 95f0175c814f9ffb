import { expect, test } from 'vitest';
import { contradictionsOf, type MadeVersion, type SeenMovement } from './gate-contradiction.ts';
import { hour, minute } from './time.ts';

const at = 1_800_000_000_000;
const entry = (event: string, change: Partial<SeenMovement> = {}): SeenMovement => ({
  event,
  gate: 'south',
  direction: 'in',
  at,
  version: 1,
  step: 100,
  ...change,
});
const stands: MadeVersion[] = [{ version: 1, issuedAt: at - hour }];
const found = (seen: SeenMovement[], versions = stands, exitsRecorded = false) =>
  contradictionsOf(seen, versions, { exitsRecorded });

test('nothing is found where one gate could have decided it all', () => {
  const later = entry('b', { at: at + minute, step: 102 });
  expect(found([entry('a'), later])).toEqual([]);
  expect(found([entry('a')], [{ version: 1, issuedAt: at - hour, revokedAt: at + 1 }])).toEqual([]);
  expect(
    found([entry('a', { version: undefined })], [{ ...stands[0], version: 1, issuedAt: 0, revokedAt: 1 }]),
  ).toEqual([]);
});

test('an entry by a pass that had been taken back, or replaced, is found with the time', () => {
  const revoked = { version: 1, issuedAt: at - hour, revokedAt: at - minute };
  expect(found([entry('a')], [revoked])).toEqual([{ event: 'a', kind: 'revoked', since: at - minute }]);
  const next = { version: 2, issuedAt: at - minute };
  expect(found([entry('a')], [revoked, next])).toEqual([{ event: 'a', kind: 'replaced', since: at - minute }]);
  expect(found([entry('a')], [revoked, { ...next, revokedAt: at - 1 }])).toMatchObject([{ kind: 'revoked' }]);
  expect(found([entry('a', { direction: 'out' })], [revoked]), 'everybody may leave').toEqual([]);
});

test('one step at two gates is found, whichever was told first', () => {
  const other = entry('b', { gate: 'east', at: at + hour });
  for (const seen of [
    [entry('a'), other],
    [other, entry('a')],
  ])
    expect(found(seen)).toEqual([{ event: 'b', kind: 'entered_twice', since: at, other: 'a' }]);
});

test('two gates within ten minutes are found, later ones where exits are seen alone', () => {
  const east = (ago: number, change: Partial<SeenMovement> = {}) =>
    entry('b', { gate: 'east', at: at + ago, step: 200, ...change });
  expect(found([entry('a'), east(10 * minute)])).toHaveLength(1);
  expect(found([entry('a'), east(11 * minute)])).toEqual([]);
  expect(found([entry('a'), east(11 * minute)], stands, true)).toHaveLength(1);
  const left = entry('out', { gate: 'east', direction: 'out', at: at + 1 });
  expect(found([entry('a'), left, east(minute)], stands, true)).toEqual([]);
  expect(found([entry('a'), east(minute, { step: undefined })]), 'with a document').toEqual([]);
});
