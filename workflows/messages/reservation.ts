import { defineSignal, defineUpdate } from '@temporalio/workflow';
import type { GateEvent } from '../../domain/projection.ts';
import type { Actor, Answer, RequestPayloads, VisitorReady } from '../../domain/request.ts';
import type { Outcome, Verdict } from '../../domain/reservation.ts';

export type { CompiledPolicy, GateEvent } from '../../domain/projection.ts';
export { type Answer, type RefusalCode, refusalCodes, type VisitorReady } from '../../domain/request.ts';

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
}

export interface ReservationStart {
  reservation: string;
  visitor: string;
  durations: Durations;
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
}

export interface Ready extends Asked {
  ready: VisitorReady;
}
export interface Submit extends Asked {
  submission: string;
  /** Checked again at every submission: a returning visitor's draft stages are already satisfied. */
  ready: VisitorReady;
}
export interface Decide extends Asked {
  task: string;
  verdict: Verdict;
}

/** The `type` of the ApplicationFailure with which a validator refuses: `refused`, details `[RefusalCode]`. */
export const refusedType = 'refused';

/** People's decisions are Updates: validated, answered at once, deduplicated by the request's id. */
export const visitorReady = defineUpdate<Answer, [Ready]>('visitorReady');
export const submit = defineUpdate<Answer, [Submit]>('submit');
export const decide = defineUpdate<Answer, [Decide]>('decide');
export const cancel = defineUpdate<Answer, [Asked]>('cancel');
/** A new 访客验证码 for a pass, after too many wrong tries. */
export const resendCode = defineUpdate<Answer, [Asked & { pass: string }]>('resendCode');

/** Window, people or vehicle otherwise: a submission of kind `change`, approved beside the standing approval. */
export const change = defineUpdate<Answer, [Asked & RequestPayloads['change']]>('change');
export const withdrawChange = defineUpdate<Answer, [Asked]>('withdrawChange');
/** An approver sends a request back to be corrected: the next round begins with its details. */
export const sendBack = defineUpdate<Answer, [Asked & RequestPayloads['return']]>('return');
export const proposeTime = defineUpdate<Answer, [Asked & RequestPayloads['propose_time']]>('proposeTime');
export const answerProposal = defineUpdate<Answer, [Asked & RequestPayloads['answer_proposal']]>('answerProposal');
export const nudge = defineUpdate<Answer, [Asked]>('nudge');
/** Somebody awaited is complete and gets a pass where the others have theirs. */
export const personReady = defineUpdate<Answer, [Asked & RequestPayloads['person_ready']]>('personReady');
export const removePerson = defineUpdate<Answer, [Asked & RequestPayloads['remove_person']]>('removePerson');
/** The next version of a pass, good only together with the key of the phone that shows it. */
export const bindPhone = defineUpdate<Answer, [Asked & RequestPayloads['bind_phone']]>('bindPhone');

/** Facts from outside are Signals: durable with every worker down, deduplicated by event id. */
export const entered = defineSignal<[GateEvent]>('entered');
export const left = defineSignal<[GateEvent]>('left');
/** A receipt said that WeChat could not deliver a message. */
export const messageFailed = defineSignal<[{ event: string; message: string }]>('messageFailed');

/** Search attributes change only with the stage. Never one named `Status`. */
export const searchAttributes = {
  VisitStage: 'Keyword',
  VisitOutcome: 'Keyword',
  Campus: 'Keyword',
  Department: 'Keyword',
  Channel: 'Keyword',
  VisitStart: 'Datetime',
  VisitEnd: 'Datetime',
} as const;
