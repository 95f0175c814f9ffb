import { hour, minute } from './time.ts';

/**
 * Somebody who came in and was not seen leaving by the end of the visit, where exits are recorded. They are asked before
 * anybody is told: 1 visitor and host are asked, 2 asked again, 3 the security desk is told. After that the visit is closed
 * as `completed`, and says whose exit was not seen.
 */
export interface OverstayTimes {
  /** From the end of the visit until visitor and host are asked; ms, like each of these. */
  ask: number;
  again: number;
  security: number;
  /** Until it is closed. */
  close: number;
}

/** Gates forward within seconds: whoever is on the way to one of them is not asked. */
export const usualOverstay: OverstayTimes = {
  ask: 5 * minute,
  again: 30 * minute,
  security: hour,
  close: 12 * hour,
};

/** The timeline's word for each rung, from the first on. */
export const overstayEvents = ['overstay_asked', 'overstay_asked_again', 'overstay_security_told'] as const;
/** The rung on which the security desk is told. */
export const securityIsTold = overstayEvents.length;

/** When each rung is due, in order, and when the visit is closed; epoch ms. Never one before the one before it. */
export function overstayLadder(until: number, { ask, again, security, close }: OverstayTimes) {
  let latest = until;
  const rungs = [ask, again, security].map((after) => {
    latest = Math.max(latest, until + after);
    return latest;
  });
  return { rungs, close: Math.max(latest, until + close) };
}
