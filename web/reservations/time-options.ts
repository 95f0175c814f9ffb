import { clockOf, isClosedDay, type Opening, weekdayOf } from '../../domain/opening.ts';
import { clockTime, day, dayOf } from '../../domain/time.ts';
import { farthestStart, latestStart, longestVisit } from '../../domain/visit-window.ts';
import type { Language, Translate } from '../../platform/i18n.ts';
import type { Days } from './choices.ts';

/** Days and times as native controls: what cannot be had is disabled and says why. */

export interface TimeOption {
  value: string;
  label: string;
  disabled: boolean;
}

export interface Reader {
  t: Translate;
  lang: Language;
}

/** From today to the last day on which a visit may begin, or end. The same days are the same array: drawn once. */
export function dayOptions(end: 'from' | 'until', days: Days | undefined, reader: Reader, now: number): TimeOption[] {
  const { opening, fullDays } = days?.calendar ?? {};
  const key = [
    end,
    reader.lang,
    dayOf(now),
    opening?.closedWeekdays,
    opening?.closedDays,
    fullDays,
    why(days, reader.lang),
  ];
  return once(JSON.stringify(key), () => drawDays(end, days, reader, now));
}

const why = (days: Days | undefined, lang: Language): string[] =>
  [...(days?.closedBecause.values() ?? [])].map((reason) => reason?.[lang] ?? '');

/** A few lists are asked for again and again: two ends, two languages, some campuses. */
const lists = new Map<string, TimeOption[]>();
const mostLists = 40;

function once(key: string, draw: () => TimeOption[]): TimeOption[] {
  const known = lists.get(key);
  if (known) return known;
  const [oldest] = lists.keys();
  if (lists.size >= mostLists && oldest !== undefined) lists.delete(oldest);
  const list = draw();
  lists.set(key, list);
  return list;
}

function drawDays(end: 'from' | 'until', days: Days | undefined, { t, lang }: Reader, now: number): TimeOption[] {
  const ahead = farthestStart + (end === 'until' ? longestVisit : 0);
  const count = ahead / day + 1;
  return Array.from({ length: count }, (_, n): TimeOption => {
    const value = dayOf(now + n * day);
    const why = days && whyNot(value, days, { t, lang });
    const label = dayLabel(value, { t }, n === 0);
    return { value, label: why ? t('visit.day_not', { day: label, why }) : label, disabled: why !== undefined };
  });
}

function whyNot(text: string, { calendar, closedBecause }: Days, { t, lang }: Reader): string | undefined {
  if (isClosedDay(calendar.opening, text)) {
    const reason = closedBecause.get(text)?.[lang];
    return reason ? t('visit.closed_because', { reason }) : t('visit.closed');
  }
  return calendar.fullDays.includes(text) ? t('visit.full') : undefined;
}

/** '11月27日 周五', 'Fri 27 Nov'; of today '今天 11月26日', as short: a closed list shows no more beside the time. */
function dayLabel(text: string, { t }: Pick<Reader, 't'>, isToday = false): string {
  const [, month, date] = text.split('-').map(Number);
  return t(isToday ? 'visit.today' : 'visit.day', {
    month: t(`visit.month_${month}`),
    date: date ?? 0,
    weekday: t(`visit.weekday_${weekdayOf(text)}`),
  });
}

/**
 * Every half hour of the visiting hours, and to begin with the quarter of an hour that is running.
 * @param typed kept as it is where it is a time, also one that no list offers
 */
export function timeOptions(
  end: 'from' | 'until',
  hours: Pick<Opening, 'opens' | 'closes'>,
  typed: string,
  reader: Reader,
  now: number,
): TimeOption[] {
  const running = clockTime(Math.floor(now / latestStart) * latestStart);
  const own = /^\d{2}:\d{2}(:\d{2})?$/.test(typed) ? typed : '';
  const key = JSON.stringify([end, reader.lang, hours.opens, hours.closes, running, own]);
  return once(key, () => drawTimes(end, hours, { running, own }, reader));
}

function drawTimes(
  end: 'from' | 'until',
  { opens, closes }: Pick<Opening, 'opens' | 'closes'>,
  { running, own }: { running: string; own: string },
  { t }: Reader,
): TimeOption[] {
  const [first, last] = end === 'from' ? [opens, closes - 1] : [opens + 30, closes];
  const times = new Map<string, string>();
  for (let at = first; at <= last; at += 30) times.set(clockOf(at), clockOf(at));
  if (end === 'from') times.set(running, t('visit.now', { time: running }));
  if (own && !times.has(own)) times.set(own, own);
  return [...times]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([value, label]) => ({ value, label, disabled: false }));
}
