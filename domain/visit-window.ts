import { day, type Instant, minute } from './time.ts';

/** When a visit may be asked for. The same rules answer the form and the admission of a submission. */

export const longestVisit = 7 * day;
/** Calendar days that it may touch. */
export const daysOfLongestVisit = 8;
export const farthestStart = 60 * day;
/** Somebody at the gate may ask for the quarter of an hour that is just running. */
export const latestStart = 15 * minute;

export type WindowProblems = Partial<Record<'from' | 'until', string>>;

/**
 * Catalogue keys by form field; `{}` when the window may be asked for.
 * An undefined end means: nothing readable was typed there.
 *
 * @param standing the beginning of the visit that is to be changed: it may stay where it is, also when it is past
 */
export function findWindowProblems(
  window: { from: Instant | undefined; until: Instant | undefined },
  now: Instant,
  standing?: Instant,
): WindowProblems {
  const problems: WindowProblems = {};
  if (window.from === undefined) problems.from = 'field.from_empty';
  if (window.until === undefined) problems.until = 'field.until_empty';
  if (window.from === undefined || window.until === undefined) return problems;

  const [from, until, present] = [Number(window.from), Number(window.until), Number(now)];
  const stays = standing !== undefined && from === Number(standing);
  if (from < present - latestStart && !stays) problems.from = 'field.window_past';
  if (from > present + farthestStart) problems.from = 'field.window_far';
  if (until <= from) problems.until = 'field.window_order';
  else if (until <= present) problems.until = 'field.window_past';
  else if (until - from > longestVisit) problems.until = 'field.window_long';
  return problems;
}

/** Whether a visit that has begun is to end later than it stands. */
export function isExtension(
  standing: { from: Instant; until: Instant },
  wanted: { until: Instant },
  now: Instant,
): boolean {
  return Number(standing.from) <= Number(now) && Number(wanted.until) > Number(standing.until);
}

/**
 * By when an approver must have decided; undecided by then, the request is refused.
 * Before the visit begins where that leaves time; a visit at short notice has half an hour.
 */
export function decideBy(window: { from: Instant; until: Instant }, now: Instant): number {
  const notice = 30 * minute;
  const [from, until, present] = [Number(window.from), Number(window.until), Number(now)];
  return from >= present + notice ? from : Math.min(present + notice, until);
}
