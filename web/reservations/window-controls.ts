import { roundTheClock } from '../../domain/opening.ts';
import type { Days } from './choices.ts';
import { dayOptions, type Reader, type TimeOption, timeOptions } from './time-options.ts';
import { isTimeProblem, type WindowTexts } from './visit-form.ts';

/** One end of a visit as `when.ejs` draws it: a day, and a time of day. */
export interface WindowControl {
  end: 'from' | 'until';
  days: TimeOption[];
  times: TimeOption[];
  day: string;
  time: string;
  error: string | undefined;
  /** The error is mended at the time, not at the day. */
  atTime: boolean;
}

interface Shown {
  days: Days | undefined;
  texts: WindowTexts;
  fields: Record<string, string>;
  reader: Reader;
  /** Days of the approved visit: it may keep them, also when they are full or closed by now. */
  held?: string[];
  /** No day before this one is offered. */
  earliest?: string;
}

export function windowControls(ends: ('from' | 'until')[], shown: Shown, now = Date.now()): WindowControl[] {
  const { days, texts, fields, reader } = shown;
  return ends.map((end) => ({
    end,
    days: offered(dayOptions(end, days, reader, now), shown),
    times: timeOptions(end, days?.calendar.opening ?? roundTheClock, texts[`${end}_time`], reader, now),
    day: texts[`${end}_day`],
    time: texts[`${end}_time`],
    error: fields[end],
    atTime: isTimeProblem(fields[end]),
  }));
}

/** The same array where nothing stands: it is drawn once. */
function offered(days: TimeOption[], { held, earliest }: Shown): TimeOption[] {
  if (!held && !earliest) return days;
  return days
    .filter(({ value }) => !earliest || value >= earliest)
    .map((option) => (held?.includes(option.value) ? { ...option, disabled: false } : option));
}
