import { findOpeningProblems, isClosedDay, type Opening } from './opening.ts';
import { day, dayOf, daysOf, minute, startOfDay } from './time.ts';
import { farthestStart, findWindowProblems } from './visit-window.ts';

/** A window that can be had: what a form offers before anybody has chosen. Instants are epoch milliseconds. */

export interface Window {
  from: number;
  until: number;
}

export interface Calendar {
  opening: Opening;
  /** Days without a place left, 'YYYY-MM-DD' in Shanghai. */
  fullDays: string[];
  /** What the visitor has asked for already. */
  taken: Window[];
}

/** Slots begin on the half hour. */
const slotLength = 30 * minute;

/** The next slot at which a visit of this length fits; undefined when there is none within the days that can be asked for. */
export function nextWindow(length: number, calendar: Calendar, now: number): Window | undefined {
  const first = Math.ceil(now / slotLength) * slotLength;
  return firstFree(calendar, now, (start) => {
    const { opens, closes } = calendar.opening;
    const slots = Array.from({ length: Math.ceil((closes - opens) / 30) }, (_, n) => start + (opens + n * 30) * minute);
    return slots.filter((from) => from >= first).map((from) => ({ from, until: from + length }));
  });
}

/** The same times of day as a visit before, on the next day on which they can be had. */
export function sameTimesAgain(before: Window, calendar: Calendar, now: number): Window | undefined {
  const clock = before.from - startOfDay(dayOf(before.from)).getTime();
  const length = before.until - before.from;
  return firstFree(calendar, now, (start) => {
    const from = start + clock;
    return from >= now ? [{ from, until: from + length }] : [];
  });
}

function firstFree(calendar: Calendar, now: number, windowsOf: (start: number) => Window[]): Window | undefined {
  const today = startOfDay(dayOf(now)).getTime();
  for (let start = today; start <= now + farthestStart; start += day) {
    const text = dayOf(start);
    if (isClosedDay(calendar.opening, text) || calendar.fullDays.includes(text)) continue;
    const free = windowsOf(start).find((window) => isFree(window, start, calendar, now));
    if (free) return free;
  }
  return undefined;
}

/** @param start midnight of the day on which the window begins; that day is open and has a place left */
function isFree(window: Window, start: number, { opening, fullDays, taken }: Calendar, now: number): boolean {
  if (taken.some(({ from, until }) => from < window.until && until > window.from)) return false;
  if (Object.keys(findWindowProblems(window, now)).length > 0) return false;
  // Nearly every window lies within one day: then no calendar has to be asked.
  if (window.until <= start + day) {
    return window.from >= start + opening.opens * minute && window.until <= start + opening.closes * minute;
  }
  return (
    Object.keys(findOpeningProblems(window, opening)).length === 0 &&
    !daysOf(window.from, window.until).some((text) => fullDays.includes(text))
  );
}
