import { entryMethods } from './credentials.ts';
import { handReasons } from './hand-entry.ts';
import type { GateEvent } from './projection.ts';
import { day, minute } from './time.ts';

/** What a gate tells comes over the engine, where anybody who reaches its port may say anything. */

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether it has the shape of an event that a gate saw. */
export function isGateEvent(told: unknown): told is GateEvent {
  if (typeof told !== 'object' || told === null) return false;
  const { event, reservation, ordinal, gate, direction, method, at, ...more } = told as Record<string, unknown>;
  return (
    isByGuard(told) &&
    isText(event, uuid) &&
    isText(reservation, uuid) &&
    isText(gate, /^[a-z0-9-]{2,40}$/) &&
    Number.isInteger(ordinal) &&
    isWord(Number(ordinal)) &&
    (direction === 'in' || direction === 'out') &&
    entryMethods.some((one) => one === method) &&
    Number.isSafeInteger(at) &&
    [more.step, more.annulled].every((one) => one === undefined || Number.isSafeInteger(one)) &&
    (more.version === undefined || (Number.isInteger(more.version) && isWord(Number(more.version))))
  );
}

/** What counts once: that somebody passed, and that it was annulled, are two facts of one event. */
export const factOf = ({ event, annulled }: Pick<GateEvent, 'event' | 'annulled'>): string =>
  annulled === undefined ? event : `${event}/annulled`;

/** So long after a scan a device may say that the arm did not turn, in milliseconds. */
export const annulWithin = 15 * minute;

const isWord = (number: number): boolean => number >= 0 && number <= 0xffff;

/** Which guard it was, and why by hand, where a gate says so. */
const isByGuard = ({ guard, byHand }: { guard?: unknown; byHand?: unknown }): boolean =>
  (guard === undefined || isText(guard, uuid)) &&
  (byHand === undefined || handReasons.some((reason) => reason === byHand));

const isText = (value: unknown, pattern: RegExp): boolean => typeof value === 'string' && pattern.test(value);

/**
 * Whether a gate may have seen it then. Gates' clocks run a little fast at times; and nobody passes a gate with a pass
 * that is not made yet.
 * @param bounds `since`: the reservation's beginning; `now`: by our own clock; both epoch milliseconds
 */
export const isPlausible = (
  { at, annulled = at }: Pick<GateEvent, 'at' | 'annulled'>,
  { since, now }: { since: number; now: number },
): boolean => [at, annulled].every((told) => told >= since - day && told <= now + 10 * minute);
