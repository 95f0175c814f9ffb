import { weekdayOf } from './opening.ts';
import { day, dayOf, type Instant, minute, startOfDay } from './time.ts';

/**
 * Office hours on working days, in Asia/Shanghai. A working day is one from Monday to Friday, unless the calendar says
 * otherwise: public holidays (放假) take days out, make-up workdays (调休) put Saturdays and Sundays in.
 */
export interface WorkingCalendar {
  /** Minutes since midnight; `opens` comes before `closes`. */
  opens: number;
  closes: number;
  /** Days that depart from their week, 'YYYY-MM-DD': whether one works on them. */
  days: ReadonlyMap<string, boolean>;
}

/** @param text 'YYYY-MM-DD' */
export const isWorkingDay = (calendar: Pick<WorkingCalendar, 'days'>, text: string): boolean =>
  calendar.days.get(text) ?? weekdayOf(text) < 6;

/** The instant by which so much working time has passed since `from`. @param length milliseconds, more than 0 */
export function addWorkingTime(calendar: WorkingCalendar, from: Instant, length: number): number {
  let left = length;
  for (let start = startOfDay(dayOf(from)).getTime(); ; start += day) {
    const hours = hoursOn(calendar, start);
    if (!hours) continue;
    const begins = Math.max(hours.opens, Number(from));
    const fits = Math.max(0, hours.closes - begins);
    if (left <= fits) return begins + left;
    left -= fits;
  }
}

/** How much working time there is from one instant until another, in milliseconds. */
export function workingTime(calendar: WorkingCalendar, from: Instant, until: Instant): number {
  let sum = 0;
  for (let start = startOfDay(dayOf(from)).getTime(); start < Number(until); start += day) {
    const hours = hoursOn(calendar, start);
    if (hours) sum += Math.max(0, Math.min(hours.closes, Number(until)) - Math.max(hours.opens, Number(from)));
  }
  return sum;
}

/** @param start midnight at which the day begins */
function hoursOn(calendar: WorkingCalendar, start: number): { opens: number; closes: number } | undefined {
  if (!isWorkingDay(calendar, dayOf(start))) return undefined;
  return { opens: start + calendar.opens * minute, closes: start + calendar.closes * minute };
}
