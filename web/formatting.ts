import {
  dateWithWeekday,
  exactTime,
  fullTime,
  type Instant,
  shortTime,
  shortTimeRange,
  startOfDay,
  timeRange,
} from '../domain/time.ts';
import type { Language } from '../platform/i18n.ts';
import type { Localized } from '../store/content/content-cache.ts';

/** How a page writes what comes from rows. Every time is Asia/Shanghai; see domain/time.ts for the shapes. */
export function formatting(language: Language) {
  return {
    time: shortTime,
    fullTime,
    exactTime,
    window: timeRange,
    /** A short form, for places with little room where nobody decides by it whether to open a gate. */
    shortWindow: shortTimeRange,
    date: (at: Instant): string => dateWithWeekday(at, language),
    /** As `date`, of a day as rows hold it: 'YYYY-MM-DD'. */
    day: (text: string): string => dateWithWeekday(startOfDay(text), language),
    /** A row's name in the reader's language. */
    name: (names: Localized): string => names[language],
    /** Words beside each other, as the reader's language parts them. */
    list: (words: string[]): string => words.join(language === 'en' ? ', ' : '、'),
  };
}

export type Formatting = ReturnType<typeof formatting>;
