import type { ReasonCode } from './reason-codes.ts';
import { minute } from './time.ts';

/** A guard lets somebody in by hand, and says why: that is the entry, told like a scan. */

/** Why. A list, since a sentence would be kept in histories; its words are `hand.reason.<code>`. */
export const handReasons = ['document_shown', 'phone_fails', 'department_asked', 'scanner_fails', 'other'] as const;
export type HandReason = (typeof handReasons)[number];

/** So long after a refusal it may be overruled, in milliseconds: the visitor stands there. */
export const overruledWithin = 10 * minute;

/**
 * What a guard may overrule: what depends on the hour, the phone, or who stands there. A pass that was taken back, one that cannot be
 * verified and one of another campus are for the desk.
 */
const overruled: ReadonlySet<ReasonCode> = new Set<ReasonCode>([
  'wrong_gate',
  'not_yet_valid',
  'expired',
  'already_used',
  'already_inside',
  'stale_code',
  'id_required',
  'party_incomplete',
]);

export const mayOverrule = (reason: ReasonCode): boolean => overruled.has(reason);
