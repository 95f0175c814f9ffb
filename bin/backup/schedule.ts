import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { day, dayOf, hour, startOfDay } from '../../domain/time.ts';
import { isBackup } from './manifest.ts';
import { isNameOfBackup } from './save.ts';

/** When the backups of an office are taken: one a day, and at once where the last one was missed. */

const timeOfDay = /^([01]\d|2[0-3]):[0-5]\d$/;
export const scheduleSettings = z.object({
  /** The folder of the backups. */
  BACKUP_TO: z.string().min(1),
  /** '02:30', Asia/Shanghai. */
  BACKUP_AT: z.string().regex(timeOfDay).default('02:30'),
  /** How many stay. */
  BACKUP_KEEP: z.coerce.number().int().min(1).max(99_999).default(14),
});
export type ScheduleSettings = z.infer<typeof scheduleSettings>;

/** When the newest whole backup in the folder was begun; undefined where there is none. */
export function newestBackup(to: string): Date | undefined {
  const names = existsSync(to) ? readdirSync(to).filter(isNameOfBackup) : [];
  const newest = names
    .toSorted()
    .reverse()
    .find((name) => isBackup(join(to, name)));
  return newest === undefined ? undefined : new Date(newest.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'));
}

/** Whether none was begun since it was last that time of day. */
export function isDue(newest: Date | undefined, at: string, now: Date): boolean {
  const [hours = 0, minutes = 0] = at.split(':').map(Number);
  const today = startOfDay(dayOf(now)).getTime() + (hours * 60 + minutes) * 60_000;
  const last = today <= now.getTime() ? today : today - day;
  return newest === undefined || newest.getTime() < last;
}

/** Whether one was begun within a day, and two hours for it to be taken. */
export const isFresh = (newest: Date | undefined, now: Date): boolean =>
  newest !== undefined && now.getTime() - newest.getTime() < day + 2 * hour;
