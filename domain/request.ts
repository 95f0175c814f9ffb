import type { Stage } from './reservation.ts';

/**
 * What people may ask of a reservation, and what it answers. A request is kept as a row before it is
 * delivered; its id is idempotency key and Update id in one.
 */

export const requestKinds = ['start', 'ready', 'submit', 'decide', 'cancel', 'resend_code'] as const;
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

/** What each kind carries beside reservation and actor: ids only. */
export interface RequestPayloads {
  start: Record<string, never>;
  ready: { ready: VisitorReady };
  submit: { submission: string; ready: VisitorReady };
  decide: { task: string; verdict: 'approved' | 'rejected' };
  cancel: Record<string, never>;
  resend_code: { pass: string };
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
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** A refusal that validation or admission gives is a value, never an exception. */
export type Answer =
  | { ok: true; stage: Stage; seq: number }
  | { ok: false; code: RefusalCode; fields?: Record<string, string> };
