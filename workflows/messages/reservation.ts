import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Money } from '../../domain/fee.ts';
import type { OverstayTimes } from '../../domain/overstay.ts';
import type { GateEvent, Projection } from '../../domain/projection.ts';
import type { Actor, Answer, RequestKind, RequestPayloads } from '../../domain/request.ts';
import type { Outcome } from '../../domain/reservation.ts';
import type { Carried, RenewAfter } from './carried.ts';

export type { CompiledPolicy, GateEvent } from '../../domain/projection.ts';
export { type Answer, type RefusalCode, refusalCodes } from '../../domain/request.ts';

/**
 * What may be said to a reservation's workflow. Ids, counts and instants only: histories hold no
 * personal data, no credential and no sentence typed by a person.
 * Instants are epoch milliseconds (UTC); durations are milliseconds.
 */

export const reservationWorkflowType = 'reservation';
export const reservationTaskQueue = 'reservations';

const prefix = 'reservation/';
/** The workflow id of a reservation: `reservation/<uuid>`. */
export const reservationWorkflowId = (reservation: string): string => prefix + reservation;
/** The reservation of a workflow id; undefined when it is another kind of workflow. */
export const readReservationWorkflowId = (workflowId: string): string | undefined =>
  workflowId.startsWith(prefix) ? workflowId.slice(prefix.length) : undefined;

/** Every duration the process knows, in milliseconds: data, so that a test shrinks days to seconds. */
export interface Durations {
  /** A draft nobody submits lapses after this long. */
  draftTtl: number;
  /** How long after the window's end the outcome waits for gates that have not forwarded yet. */
  settleFor: number;
  /** The ladder of whoever was not seen leaving; a visit that began under an earlier release has none. */
  overstay?: OverstayTimes;
}

export interface ReservationStart {
  reservation: string;
  visitor: string;
  durations: Durations;
  /** Left out: the usual. */
  renewAfter?: RenewAfter;
  /** What the run before knew; the first run has none. */
  carried?: Carried;
}

export interface ReservationResult {
  outcome: Outcome;
  seq: number;
  /** Ordinals that were seen entering. */
  entered: number[];
}

/** Who asked, and the kept request row (= idempotency key = update id). */
export interface Asked {
  request: string;
  actor: Actor;
  /** What is asked: the validator refuses what was sealed for another verb. Histories of earlier releases lack it. */
  kind?: RequestKind;
}

/** Every kind of request but `start`, which starts the workflow, is an Update. */
export type UpdateKind = Exclude<RequestKind, 'start'>;
/** What an Update brings: who asked, and what a request of its kind carries. */
export type Told<Kind extends UpdateKind> = Asked & RequestPayloads[Kind];

/** The `type` of the ApplicationFailure with which a validator refuses: `refused`, details `[RefusalCode]`. */
export const refusedType = 'refused';

const update = <Kind extends UpdateKind>(name: string) => defineUpdate<Answer, [Told<Kind>]>(name);

/**
 * People's decisions are Updates: validated, answered at once, deduplicated by the request's id. Their names are on
 * the wire and in histories: none may change.
 */
export const updates: { [Kind in UpdateKind]: ReturnType<typeof update<Kind>> } = {
  ready: update<'ready'>('visitorReady'),
  submit: update<'submit'>('submit'),
  decide: update<'decide'>('decide'),
  cancel: update<'cancel'>('cancel'),
  resend_code: update<'resend_code'>('resendCode'),
  change: update<'change'>('change'),
  withdraw_change: update<'withdraw_change'>('withdrawChange'),
  return: update<'return'>('return'),
  propose_time: update<'propose_time'>('proposeTime'),
  answer_proposal: update<'answer_proposal'>('answerProposal'),
  nudge: update<'nudge'>('nudge'),
  person_ready: update<'person_ready'>('personReady'),
  remove_person: update<'remove_person'>('removePerson'),
  bind_phone: update<'bind_phone'>('bindPhone'),
  revoke: update<'revoke'>('revoke'),
  transfer: update<'transfer'>('transfer'),
  decline: update<'decline'>('decline'),
  withdraw_decision: update<'withdraw_decision'>('withdrawDecision'),
  add_signer: update<'add_signer'>('addSigner'),
  remove_signer: update<'remove_signer'>('removeSigner'),
  move_policy: update<'move_policy'>('movePolicy'),
  return_to_step: update<'return_to_step'>('returnToStep'),
  say_left: update<'say_left'>('sayLeft'),
};

/** Facts from outside are Signals: durable with every worker down, deduplicated by event id. */
export const entered = defineSignal<[GateEvent]>('entered');
export const left = defineSignal<[GateEvent]>('left');
/** The arm did not turn: an entry or exit that was told before did not happen. */
export const annulled = defineSignal<[GateEvent]>('annulled');
/** A receipt said that WeChat could not deliver a message. */
export const messageFailed = defineSignal<[{ event: string; message: string }]>('messageFailed');
/** Nobody who may act on a task can be told of it any more, on that rung of the ladder. */
export const unreached = defineSignal<[{ task: string; rung: number }]>('unreached');

/** A payment was taken in. */
export const paid = defineSignal<[Money]>('paid');

/** What it knows of itself now, as it would write it into the rows, without what happened. Leaves nothing in a history. */
export const projection = defineQuery<Projection>('projection');
