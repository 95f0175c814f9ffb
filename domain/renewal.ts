import type { Instant } from './time.ts';

/** The time step that a renewed or bound pass carries: a screenshot is worthless soon after it was made. */

const stepSeconds = 30;
/** A pass may be this many steps old, and this many ahead of a gate whose clock is slow. */
const oldestStep = 2;
const newestStep = 1;

/** Whole steps since 1970, UTC. */
export const stepAt = (at: Instant): number => Math.floor(Number(at) / 1000 / stepSeconds);

export function isFresh(step: number, now: Instant): boolean {
  const current = stepAt(now);
  return step >= current - oldestStep && step <= current + newestStep;
}
