import { addWorkingTime, type WorkingCalendar, workingTime } from './calendar.ts';
import { minute } from './time.ts';

/**
 * What happens while nobody decides: a rung after the other, each in its time, and the last of them before the decision is
 * due, so that everybody was asked. 1 reminds, 2 reminds again with a copy to the deputy, at 3 deputy and head may decide as
 * well, at 4 the security desk. Undecided after that, the request is refused (fail closed).
 */
export const lastRung = 4;
/** The rung from which deputy and head may decide. */
export const headMayAct = 3;

/** The timeline's word for each rung, from the first on. */
export const rungEvents = ['reminded', 'reminded_again', 'head_may_act', 'security_may_act'] as const;

/** A wait shorter than this within office hours is no wait for anybody: then the clock counts at any hour. */
const shortest = 10 * minute;

/**
 * When the next rung is due. Usually after so much working time; sooner where the decision is due soon, so that each rung
 * ahead, and the time after the last one, has an equal share of what is left.
 *
 * @param wait working time until then, in milliseconds
 * @param ahead how many rungs are left, the next one included
 * @returns epoch milliseconds before `decideBy`; undefined where there is none to come
 */
export function nextRungAt(
  calendar: WorkingCalendar,
  { now, decideBy, wait, ahead }: { now: number; decideBy: number; wait: number; ahead: number },
): number | undefined {
  if (ahead < 1 || decideBy - now < 2) return undefined;
  const share = workingTime(calendar, now, decideBy) / (ahead + 1);
  if (wait <= share || share >= shortest) return Math.ceil(addWorkingTime(calendar, now, Math.min(wait, share)));
  return Math.ceil(now + Math.min(wait, (decideBy - now) / (ahead + 1)));
}
