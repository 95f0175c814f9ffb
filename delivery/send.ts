import {
  type Client,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  TypedSearchAttributes,
  type UpdateDefinition,
  type Workflow,
} from '@temporalio/common';
import { type Answer, type RefusalCode, refusalCodes } from '../domain/request.ts';
import type { Stage } from '../domain/reservation.ts';
import { grpcStatusOf } from '../platform/temporal.ts';
import type { KeptRequest } from '../store/reservations/request.ts';
import {
  type Asked,
  type Durations,
  type ReservationStart,
  refusedType,
  reservationTaskQueue,
  reservationWorkflowId,
  reservationWorkflowType,
  updates,
} from '../workflows/messages/reservation.ts';

/** One request as one message to its workflow. The request's id is the Update's id: sent twice, done once. */

const visitStage = defineSearchAttributeKey('VisitStage', 'KEYWORD');
/** What the row says that the page wrote before; the workflow says the rest. */
const bornIn: Stage = 'registration';

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

async function dispatch({ workflow }: Client, { request, visitor, durations }: Delivered): Promise<Answer> {
  const { id, kind, reservation, actor } = request;
  const options = startOptions({ reservation, visitor, durations });
  if (kind === 'start') {
    await workflow.start(reservationWorkflowType, options);
    return { ok: true, stage: 'registration', seq: 0 };
  }
  const update: UpdateDefinition<Answer, [Asked]> = updates[kind];
  const asked: Asked = { request: id, actor, ...request.payload };
  const sent = { updateId: id, args: [asked] as [Asked] };
  // These may find no workflow yet.
  if (kind === 'ready' || kind === 'submit') {
    return workflow.executeUpdateWithStart(update, {
      ...sent,
      startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(reservationWorkflowType, options),
    });
  }
  return workflow.getHandle(reservationWorkflowId(reservation)).executeUpdate(update, sent);
}

/** A reservation's workflow runs once, ever; starting a running one again joins it. */
function startOptions(start: ReservationStart) {
  return {
    workflowId: reservationWorkflowId(start.reservation),
    taskQueue: reservationTaskQueue,
    args: [start],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    typedSearchAttributes: new TypedSearchAttributes([{ key: visitStage, value: bornIn }]),
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
