import type { Stage } from './reservation.ts';

/** What a reservation answers to a request (domain/request.ts). */

/** Stable codes; catalogues hold a sentence for each under `refusal.<code>`. */
export const refusalCodes = [
  'closed',
  'wrong_stage',
  'task_closed',
  'not_admitted',
  'too_many_submissions',
  'already_inside',
  'not_started',
  'change_pending',
  'no_change_pending',
  'no_proposal',
  'nudged_enough',
  'too_many_changes',
  'not_awaited',
  'no_such_person',
  /** Somebody came in by it, or its time has begun: what was approved stays. */
  'pass_used',
  'already_begun',
  /** Of an approval: something submitted or approved later stands. */
  'approval_replaced',
  /** No pass of it is good, or about to be. */
  'nothing_to_revoke',
  /** It goes by this version of its policy already, or may not be moved to it. */
  'same_version',
  'not_its_policy',
  /** Somebody was added to one of its tasks: they are taken out first. */
  'signers_added',
  /** Somebody answers one of its tasks at this moment. */
  'answer_under_way',
  /** The round has no such step before the one of this task. */
  'no_earlier_step',
  /** The answer is none that this verb takes. */
  'malformed',
  /** The workflow could not carry it out, and would not the next time. */
  'failed',
  /** The engine does not know the workflow any more. */
  'lost',
  /** The workflow takes nothing more. */
  'full',
  /** It takes for now only what ends, narrows or decides. */
  'busy',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** A refusal that validation or admission gives is a value, never an exception. */
export type Answer =
  | { ok: true; stage: Stage; seq: number }
  | { ok: false; code: RefusalCode; fields?: Record<string, string> };
