import { clockTime, dayOf, daysOf, type Instant, minute, startOfDay } from './time.ts';

/** When a campus receives visitors. The same rule answers the form, the admission, and which slot is offered next. */
export interface Opening {
  /** Minutes since midnight in Shanghai; 0 and 1440: round the clock. */
  opens: number;
  closes: number;
  /** ISO weekdays closed every week: 1 Monday … 7 Sunday. */
  closedWeekdays: number[];
  /** 'YYYY-MM-DD' in Shanghai: holidays and the like. */
  closedDays: string[];
}

export const roundTheClock: Opening = { opens: 0, closes: 24 * 60, closedWeekdays: [], closedDays: [] };

/** 1 Monday … 7 Sunday. */
export const weekdayOf = (text: string): number => new Date(`${text}T00:00:00Z`).getUTCDay() || 7;

export const isClosedDay = (opening: Opening, text: string): boolean =>
  opening.closedDays.includes(text) || opening.closedWeekdays.includes(weekdayOf(text));

/**
 * Catalogue keys by form field; `{}` when the campus is open for all of it. A visit begins and ends within the visiting
 * hours and touches no closed day, since its pass would open a gate on every day between.
 */
export function findOpeningProblems(
  { from, until }: { from: Instant; until: Instant },
  opening: Opening,
): Partial<Record<'from' | 'until', string>> {
  const problems: Partial<Record<'from' | 'until', string>> = {};
  const begins = minutesInto(from, dayOf(from));
  // An end at midnight belongs to the day that ends.
  const lastDay = dayOf(Number(until) - 1);
  const ends = minutesInto(until, lastDay);

  if (isClosedDay(opening, dayOf(from))) problems.from = 'field.day_closed';
  else if (begins < opening.opens || begins >= opening.closes) problems.from = 'field.hours_closed';
  if (Number(until) <= Number(from)) return problems;
  if (isClosedDay(opening, lastDay)) problems.until = 'field.day_closed';
  else if (ends <= opening.opens || ends > opening.closes) problems.until = 'field.hours_closed';
  else if (!problems.from && daysOf(from, until).some((text) => isClosedDay(opening, text))) {
    problems.until = 'field.days_closed_between';
  }
  return problems;
}

const minutesInto = (at: Instant, text: string): number => (Number(at) - startOfDay(text).getTime()) / minute;

/** '08:00' of minutes since midnight; 1440 is '24:00'. */
export const clockOf = (minutes: number): string =>
  minutes === 24 * 60 ? '24:00' : clockTime(startOfDay('2000-01-01').getTime() + minutes * minute);

/** Minutes of a clock as PostgreSQL's `time` or a form writes it: '08:00', '24:00:00'. */
export function minutesOfClock(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}
