import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/folder.ts';
import { isDue, isFresh, newestBackup, scheduleSettings } from './schedule.ts';

/** 02:30 in Shanghai is 18:30 UTC of the day before. */
const now = new Date('2026-11-30T01:00:00Z');

it.each([
  [undefined, true],
  ['2026-11-29T18:30:00Z', false],
  ['2026-11-29T18:29:59Z', true],
  ['2026-11-29T20:00:00Z', false],
])('at 09:00 with the newest of %s a backup of 02:30 is due: %s', (newest, due) => {
  expect(isDue(newest === undefined ? undefined : new Date(newest), '02:30', now)).toBe(due);
});

it('is not due before its time of the day, and is from then on', () => {
  const newest = new Date('2026-11-28T18:30:02Z');
  expect(isDue(newest, '02:30', new Date('2026-11-29T18:29:59Z'))).toBe(false);
  expect(isDue(newest, '02:30', new Date('2026-11-29T18:30:00Z'))).toBe(true);
});

it('a backup counts when it is whole, and for 26 hours', () => {
  const to = temporaryFolder('xiaomen-schedule-');
  expect([newestBackup(to), newestBackup(join(to, 'none'))]).toEqual([undefined, undefined]);
  for (const name of ['2026-11-28T23-00-01Z', '2026-11-29T22-00-00Z', 'notes']) mkdirSync(join(to, name));
  writeFileSync(join(to, '2026-11-28T23-00-01Z/manifest.json'), '{}');
  expect(newestBackup(to)?.toISOString()).toBe('2026-11-28T23:00:01.000Z');
  expect([isFresh(newestBackup(to), now), isFresh(newestBackup(to), new Date('2026-11-30T01:00:01Z'))]).toEqual([
    true,
    false,
  ]);
  expect(isFresh(undefined, now)).toBe(false);
});

it.each([
  ['BACKUP_AT', '24:00'],
  ['BACKUP_AT', '2:30'],
  ['BACKUP_KEEP', '0'],
  ['BACKUP_KEEP', 'all'],
])('%s cannot be "%s"', (name, value) => {
  expect(scheduleSettings.safeParse({ BACKUP_TO: '/backups', [name]: value }).success).toBe(false);
});
