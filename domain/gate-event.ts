import { credentialKinds } from './credentials.ts';
import type { GateEvent } from './projection.ts';
import { day, minute } from './time.ts';

/** What a gate tells comes over the engine, where anybody who reaches its port may say anything. */

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it has the shape of an event that a gate saw. */
export function isGateEvent(told: unknown): told is GateEvent {
  if (typeof told !== 'object' || told === null) return false;
  const { event, reservation, ordinal, gate, direction, method, at } = told as Record<string, unknown>;
  return (
    isText(event, uuid) &&
    isText(reservation, uuid) &&
    isText(gate, /^[a-z0-9-]{2,40}$/) &&
    Number.isInteger(ordinal) &&
    Number(ordinal) >= 0 &&
    Number(ordinal) <= 0xffff &&
    (direction === 'in' || direction === 'out') &&
    credentialKinds.some((kind) => kind === method) &&
    Number.isSafeInteger(at)
  );
}

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

/**
 * Whether a gate may have seen it then. Gates' clocks run a little fast at times; and nobody passes a gate with a pass
 * that is not made yet.
 * @param bounds `since`: the reservation's beginning; `now`: by our own clock; both epoch milliseconds
 */
export const isPlausible = ({ at }: Pick<GateEvent, 'at'>, { since, now }: { since: number; now: number }): boolean =>
  at >= since - day && at <= now + 10 * minute;
