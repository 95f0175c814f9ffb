import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey, TypedSearchAttributes, type Workflow } from '@temporalio/common';
import { type Answer, type RefusalCode, refusalCodes } from '../domain/request.ts';
import type { Stage } from '../domain/reservation.ts';
import { grpcStatusOf } from '../platform/temporal.ts';
import type { KeptRequest } from '../store/reservations/request.ts';
import {
  answerProposal,
  bindPhone,
  cancel,
  change,
  type Durations,
  decide,
  nudge,
  personReady,
  proposeTime,
  type ReservationStart,
  refusedType,
  removePerson,
  resendCode,
  reservationTaskQueue,
  reservationWorkflowId,
  reservationWorkflowType,
  sendBack,
  submit,
  visitorReady,
  withdrawChange,
} from '../workflows/messages/reservation.ts';

/** One request as one message to its workflow. The request's id is the Update's id: sent twice, done once. */

const visitStage = defineSearchAttributeKey('VisitStage', 'KEYWORD');

export interface Delivered {
  request: KeptRequest;
  visitor: string;
  durations: Durations;
}

/**
 * @returns what the workflow answers; a validator's refusal and a workflow that has ended are answers too.
 * @throws whatever leaves the outcome unknown: no worker in time, the engine away, a workflow not started yet.
 */
export async function send(client: Client, delivered: Delivered): Promise<Answer> {
  const { request } = delivered;
  try {
    return await dispatch(client, delivered);
  } catch (error) {
    const refusal = readRefusal(error);
    if (refusal) return { ok: false, code: refusal };
    if (!isEnded(error)) throw error;
    if (request.kind === 'start') return { ok: true, stage: 'registration', seq: 0 };
    return (await pastAnswer(client, request)) ?? { ok: false, code: 'closed' };
  }
}

async function dispatch(client: Client, { request, visitor, durations }: Delivered): Promise<Answer> {
  const start: ReservationStart = { reservation: request.reservation, visitor, durations };
  const asked = { request: request.id, actor: request.actor };
  const handle = client.workflow.getHandle(reservationWorkflowId(request.reservation));
  const updateId = request.id;
  switch (request.kind) {
    case 'start':
      await client.workflow.start(reservationWorkflowType, startOptions(start, 'consent'));
      return { ok: true, stage: 'registration', seq: 0 };
    case 'ready':
      return client.workflow.executeUpdateWithStart(visitorReady, {
        startWorkflowOperation: startWith(start, 'consent'),
        updateId,
        args: [{ ...asked, ...request.payload }],
      });
    case 'submit':
      return client.workflow.executeUpdateWithStart(submit, {
        startWorkflowOperation: startWith(start, 'details'),
        updateId,
        args: [{ ...asked, ...request.payload }],
      });
    case 'decide':
      return handle.executeUpdate(decide, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'cancel':
      return handle.executeUpdate(cancel, { updateId, args: [asked] });
    case 'resend_code':
      return handle.executeUpdate(resendCode, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'change':
      return handle.executeUpdate(change, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'withdraw_change':
      return handle.executeUpdate(withdrawChange, { updateId, args: [asked] });
    case 'return':
      return handle.executeUpdate(sendBack, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'propose_time':
      return handle.executeUpdate(proposeTime, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'answer_proposal':
      return handle.executeUpdate(answerProposal, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'nudge':
      return handle.executeUpdate(nudge, { updateId, args: [asked] });
    case 'person_ready':
      return handle.executeUpdate(personReady, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'remove_person':
      return handle.executeUpdate(removePerson, { updateId, args: [{ ...asked, ...request.payload }] });
    case 'bind_phone':
      return handle.executeUpdate(bindPhone, { updateId, args: [{ ...asked, ...request.payload }] });
  }
}

const startWith = (start: ReservationStart, stage: Stage) =>
  new WithStartWorkflowOperation<Workflow>(reservationWorkflowType, startOptions(start, stage));

/** A reservation's workflow runs once, ever; starting a running one again joins it. */
function startOptions(start: ReservationStart, stage: Stage) {
  return {
    workflowId: reservationWorkflowId(start.reservation),
    taskQueue: reservationTaskQueue,
    args: [start],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    typedSearchAttributes: new TypedSearchAttributes([{ key: visitStage, value: stage }]),
    staticSummary: '访客预约 · visit reservation',
  };
}

function readRefusal(error: unknown): RefusalCode | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure) || cause.type !== refusedType) return undefined;
  const code: unknown = cause.details?.[0];
  return refusalCodes.find((known) => known === code);
}

const isEnded = (error: unknown): boolean =>
  error instanceof WorkflowNotFoundError || error instanceof WorkflowExecutionAlreadyStartedError;

/**
 * The Update may have been answered and its answer lost on the way, before the workflow ended.
 * Undefined when the ended workflow never took it.
 */
async function pastAnswer(client: Client, request: KeptRequest): Promise<Answer | undefined> {
  const handle = client.workflow.getHandle(reservationWorkflowId(request.reservation));
  const description = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) throw new NotStarted();
    throw error;
  });
  try {
    const update = handle.getUpdateHandle<Answer>(request.id, { workflowRunId: description.runId });
    return await update.result();
  } catch (error) {
    if (isEnded(error)) return undefined;
    throw error;
  }
}

/** The reservation's own start has not been delivered yet. */
export class NotStarted extends Error {}

/** A short code for the request's row and the log; never a message, which might repeat what was sent. */
export function faultCode(error: unknown): string {
  if (error instanceof NotStarted) return 'not_started';
  if (error instanceof WorkflowUpdateFailedError) return 'update_failed';
  const status = grpcStatusOf(error);
  if (status !== undefined) return `engine_${status}`;
  return error instanceof Error ? error.name : 'unknown';
}
