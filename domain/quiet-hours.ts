import { day, dayOf, hour, type Instant, startOfDay } from './time.ts';

/** When somebody on the staff wants to be told. Hours of Shanghai. */

export interface TellingHours {
  /** Nothing by itself from 22:00 to 07:00. */
  quiet: boolean;
  /** One mail at 08:00 of a working day with what waits. */
  digest: boolean;
}

const night = { from: 22 * hour, until: 7 * hour };
const morning = 8 * hour;
/** A digest that a stopped worker left out is not made in the afternoon. */
const noon = 12 * hour;

const timeOfDay = (at: Instant): number => Number(at) - Number(startOfDay(dayOf(at)));

/** Monday to Friday. */
export function isWorkday(at: Instant): boolean {
  const weekday = new Date(`${dayOf(at)}T00:00:00Z`).getUTCDay();
  return weekday !== 0 && weekday !== 6;
}

/** When what is to be told now may be told: now, at 07:00, or with the digest at 08:00. */
export function tellAt(now: Instant, { quiet, digest }: TellingHours): Date {
  const time = timeOfDay(now);
  const isNight = time >= night.from || time < night.until;
  if (!quiet || !isNight) return new Date(Number(now));
  const today = startOfDay(dayOf(now)).getTime();
  const next = time >= night.from ? today + day : today;
  return new Date(next + (digest && isWorkday(next) ? morning : night.until));
}

/** Whether the digest of this day is due. */
export function isDigestTime(now: Instant): boolean {
  const time = timeOfDay(now);
  return isWorkday(now) && time >= morning && time < noon;
}
