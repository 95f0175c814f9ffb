/**
 * Times as people on campus read them. Every page shows Asia/Shanghai, which has been UTC+8 without
 * daylight saving since 1991, so a fixed offset is exact and needs no time-zone data.
 * Instants are `Date` or epoch milliseconds; a day is 'YYYY-MM-DD' in Shanghai.
 */

export type Instant = Date | number;

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

const offset = 8 * hour;

/** A `Date` whose UTC fields read as Shanghai's clock. */
const shifted = (at: Instant): Date => new Date(Number(at) + offset);
const two = (value: number): string => String(value).padStart(2, '0');

/** '09/05 15:00' */
export function shortTime(at: Instant): string {
  const local = shifted(at);
  return `${two(local.getUTCMonth() + 1)}/${two(local.getUTCDate())} ${clockTime(at)}`;
}

/** '15:00' */
export function clockTime(at: Instant): string {
  const local = shifted(at);
  return `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`;
}

/** '2026-09-05 15:00' */
export const fullTime = (at: Instant): string => `${dayOf(at)} ${clockTime(at)}`;

/** '2026-09-05 15:00:07', for timelines where seconds tell. */
export const exactTime = (at: Instant): string => `${fullTime(at)}:${two(shifted(at).getUTCSeconds())}`;

/** '09/05 15:00 – 09/05 15:30' */
export const timeRange = (from: Instant, until: Instant): string => `${shortTime(from)} – ${shortTime(until)}`;

/** '09/05 15:00 – 15:30', or as `timeRange` where it ends on another day. */
export const shortTimeRange = (from: Instant, until: Instant): string =>
  `${shortTime(from)} – ${dayOf(from) === dayOf(until) ? clockTime(until) : shortTime(until)}`;

const weekdays = {
  'zh-CN': ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'],
  en: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
} as const;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** '2026年9月5日 星期六' or 'Saturday 2026-09-05' */
export function dateWithWeekday(at: Instant, language: keyof typeof weekdays): string {
  const local = shifted(at);
  const weekday = weekdays[language][local.getUTCDay()] ?? '';
  if (language === 'en') return `${weekday} ${dayOf(at)}`;
  return `${local.getUTCFullYear()}年${local.getUTCMonth() + 1}月${local.getUTCDate()}日 ${weekday}`;
}

/** '9月5日' or '5 Sep' */
export function dayAndMonth(at: Instant, language: keyof typeof weekdays): string {
  const local = shifted(at);
  const [month, date] = [local.getUTCMonth(), local.getUTCDate()];
  return language === 'en' ? `${date} ${months[month] ?? ''}` : `${month + 1}月${date}日`;
}

/** The Shanghai day of an instant: '2026-09-05'. */
export const dayOf = (at: Instant): string => shifted(at).toISOString().slice(0, 10);

/** Midnight in Shanghai at which a day begins. @throws RangeError when the day does not exist */
export function startOfDay(text: string): Date {
  if (!isRealDay(text)) throw new RangeError(`No such day: ${text}`);
  return new Date(Date.parse(`${text}T00:00:00Z`) - offset);
}

/** Every Shanghai day that the half-open window [from, until) touches, in order. */
export function daysOf(from: Instant, until: Instant): string[] {
  const days: string[] = [];
  const last = dayOf(Number(until) - 1);
  for (let at = Number(from); ; at += day) {
    const current = dayOf(at);
    if (current > last) return days;
    days.push(current);
  }
}

/** The value of `<input type="datetime-local">`: '2026-09-05T15:00'. */
export const toLocalInput = (at: Instant): string => `${dayOf(at)}T${clockTime(at)}`;

/** Reads '2026-09-05T15:00' (also with seconds, or a space for the T) as Shanghai time; undefined when it is none. */
export function parseLocalDateTime(text: string): Date | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, date = '', hours = '', minutes = '', seconds = '00'] = match;
  if (!isRealDay(date) || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return new Date(Date.parse(`${date}T${hours}:${minutes}:${seconds}Z`) - offset);
}

/** Whether 'YYYY-MM-DD' is a day of the calendar. */
export function isRealDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const parsed = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 10) === text;
}

/** Full years by the calendar date in Shanghai; someone born on 29 February ages on 1 March. */
export function ageOn(birthDay: string, at: Instant): number {
  const today = dayOf(at);
  const years = Number(today.slice(0, 4)) - Number(birthDay.slice(0, 4));
  return today.slice(5) >= birthDay.slice(5) ? years : years - 1;
}
