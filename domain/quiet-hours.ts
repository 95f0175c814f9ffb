import { isWorkingDay, type WorkingCalendar } from './calendar.ts';
import { day, dayOf, hour, type Instant, startOfDay } from './time.ts';

/** When somebody on the staff wants to be told. Hours of Shanghai. */

export interface TellingHours {
  /** Nothing by itself from 22:00 to 07:00. */
  quiet: boolean;
  /** One mail at 08:00 of a working day with what waits. */
  digest: boolean;
}

/** Holidays and make-up workdays from `now` on. */
type Days = Pick<WorkingCalendar, 'days'>;

const night = { from: 22 * hour, until: 7 * hour };
const morning = 8 * hour;
/** A digest that a stopped worker left out is not made in the afternoon. */
const noon = 12 * hour;

const timeOfDay = (at: Instant): number => Number(at) - Number(startOfDay(dayOf(at)));

/** When what is to be told now may be told: now, at 07:00, or with the digest at 08:00. */
export function tellAt(now: Instant, { quiet, digest }: TellingHours, calendar: Days): Date {
  const time = timeOfDay(now);
  const isNight = time >= night.from || time < night.until;
  if (!quiet || !isNight) return new Date(Number(now));
  const today = startOfDay(dayOf(now)).getTime();
  const next = time >= night.from ? today + day : today;
  return new Date(next + (digest && isWorkingDay(calendar, dayOf(next)) ? morning : night.until));
}

/** Whether a digest that is due on this day is told by now, and not too late. */
export function isMorning(now: Instant): boolean {
  const time = timeOfDay(now);
  return time >= morning && time < noon;
}

/** Whether the digest of this day is due. */
export const isDigestTime = (now: Instant, calendar: Days): boolean =>
  isMorning(now) && isWorkingDay(calendar, dayOf(now));
