import type { AddedPlace } from './added-signer.ts';
import type { Verdict } from './reservation.ts';
import type { SeatAt } from './staff-role.ts';

/** What people say to a reservation, by kind (domain/request.ts). Ids, counts and instants only. */

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
  /** `also`: tasks of later steps that its signer may sign, and signs with it. */
  decide: { task: string; verdict: Verdict; also?: string[] };
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
  /** 转交: the task is another seat's from now on; why stands in the decision of the same id, and the seat in a row beside it. */
  transfer: { task: string; to: SeatAt };
  /** It is not theirs to decide: the task goes back. */
  decline: { task: string; to: SeatAt };
  /** 撤回: the approver takes back their own approval, `decision`, while nobody has come in; why stands in the decision of the same id. */
  withdraw_decision: { task: string; decision: string };
  /** 加签: that person is asked before this task or after it, by a task of their own; why stands in the decision of the same id. */
  add_signer: {
    task: string;
    place: AddedPlace;
    signer: { task: string; ordinal: number; department: string; person: string };
  };
  /** Takes it back; `signer`: the task of whoever was added. */
  remove_signer: { task: string; signer: string };
  /** The visit goes by another version of its policy from now on; `batch`: the form that asked it of several visits. */
  move_policy: { version: string; batch: string };
  /** 退回上一步: that step, and those after it, are signed anew; why stands in the decision of the same id. */
  return_to_step: { task: string; step: number };
  nudge: Nothing;
  /** Everybody of the party has left, and no gate saw it: said by the visitor, or by staff. */
  say_left: Nothing;
  /** Somebody awaited has everything now: their frozen person stands beside the submission. */
  person_ready: { submission: string; ordinal: number };
  /** Takes one companion out: by the lead, or because that person withdrew their agreement. */
  remove_person: { ordinal: number };
  /** `binding`: the row with the public half of the phone's key. */
  bind_phone: { pass: string; ordinal: number; binding: string };
  /** Ends an approved visit, or takes one companion out of it; why stands in the decision of the same id. */
  revoke: { ordinal?: number };
}
