import type { Stage } from './reservation.ts';

/**
 * What people may ask of a reservation, and what it answers. A request is kept as a row before it is
 * delivered; its id is idempotency key and Update id in one.
 */

export const requestKinds = [
  'start',
  'ready',
  'submit',
  'decide',
  'cancel',
  'resend_code',
  'change',
  'withdraw_change',
  'return',
  'propose_time',
  'answer_proposal',
  'nudge',
  'person_ready',
  'remove_person',
  'bind_phone',
] as const;
export type RequestKind = (typeof requestKinds)[number];

export interface Actor {
  kind: 'visitor' | 'staff' | 'system';
  id: string;
}

/** Proof that a visitor may reserve: who, which version of the person, which agreement. */
export interface VisitorReady {
  person: string;
  personVersion: number;
  consent: string;
}

/** Nothing beside who asked of which reservation. */
interface Nothing {
  nothing?: never;
}

/** What each kind carries beside reservation and actor: ids only. */
export interface RequestPayloads {
  start: Nothing;
  ready: { ready: VisitorReady };
  submit: { submission: string; ready: VisitorReady };
  decide: { task: string; verdict: 'approved' | 'rejected' };
  cancel: Nothing;
  resend_code: { pass: string };
  /** Window, people or vehicle as the visitor wishes them: a whole submission of kind `change`. Extending is one. */
  change: { submission: string };
  /** Takes back a change that waits for its approval. */
  withdraw_change: Nothing;
  /** The approver sends a request back to be corrected; why stands in the decision of the same id. */
  return: { task: string };
  /** The department would rather see the visitor at another time; epoch milliseconds. */
  propose_time: { task: string; from: number; until: number };
  /** `proposal`: the request that proposed. Accepting brings the same people in a submission with the new window. */
  answer_proposal: { proposal: string; accept: false } | { proposal: string; accept: true; submission: string };
  nudge: Nothing;
  /** Somebody awaited has everything now: their frozen person stands beside the submission. */
  person_ready: { submission: string; ordinal: number };
  /** Takes one companion out: by the lead, or because that person withdrew their agreement. */
  remove_person: { ordinal: number };
  /** `binding`: the row with the public half of the phone's key. */
  bind_phone: { pass: string; ordinal: number; binding: string };
}

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
  /** The workflow could not carry it out, and would not the next time. */
  'failed',
  /** The engine does not know the workflow any more. */
  'lost',
  /** The workflow takes nothing more. */
  'full',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** A refusal that validation or admission gives is a value, never an exception. */
export type Answer =
  | { ok: true; stage: Stage; seq: number }
  | { ok: false; code: RefusalCode; fields?: Record<string, string> };
