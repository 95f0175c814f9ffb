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
import { grpcStatusOf } from '../platform/grpc-status.ts';
import type { KeptRequest } from '../store/reservations/request.ts';
import type { RenewAfter } from '../workflows/messages/carried.ts';
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
import { runsOf } from './runs.ts';

/** One request as one message to its workflow. The request's id is the Update's id: sent twice, done once. */

const visitStage = defineSearchAttributeKey('VisitStage', 'KEYWORD');
/** What the row says that the page wrote before; the workflow says the rest. */
const bornIn: Stage = 'registration';

export interface Delivered {
  request: KeptRequest;
  visitor: string;
  durations: Durations;
  /** When a run gives way to the next one, where it is not the usual. */
  renewAfter?: RenewAfter;
  /** Nothing of the workflow is in the rows: what begins a reservation may start it. One that was lost is not begun anew. */
  unborn: boolean;
  /** A request that starts the workflow is still on its way. */
  beginning: () => Promise<boolean>;
}

/**
 * @returns what the workflow answers. A validator's refusal is an answer, and so is everything that would come to the
 * same end for ever: a workflow that has ended or is unknown, an Update that failed, an execution that takes no more.
 * @throws any error that leaves the outcome unknown: no worker in time, the engine away, a workflow not started yet.
 */
export async function send(client: Client, delivered: Delivered): Promise<Answer> {
  const { request } = delivered;
  try {
    return await dispatch(client, delivered);
  } catch (error) {
    const code = readRefusal(error) ?? findEnd(error);
    if (code) return { ok: false, code };
    if (!isEnded(error)) throw error;
    if (request.kind === 'start') return { ok: true, stage: 'registration', seq: 0 };
    return pastAnswer(client, delivered, error);
  }
}

async function dispatch({ workflow }: Client, delivered: Delivered): Promise<Answer> {
  const { request, visitor, durations, renewAfter, unborn } = delivered;
  const { id, kind, reservation, actor } = request;
  const options = startOptions({ reservation, visitor, durations, ...(renewAfter && { renewAfter }) });
  if (kind === 'start') {
    if (unborn) await workflow.start(reservationWorkflowType, options);
    return { ok: true, stage: 'registration', seq: 0 };
  }
  const update: UpdateDefinition<Answer, [Asked]> = updates[kind];
  const asked: Asked = { ...request.payload, request: id, actor, kind };
  const sent = { updateId: id, args: [asked] as [Asked] };
  if (unborn && (kind === 'ready' || kind === 'submit')) {
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

/** Failures that no repetition mends: sent again, the same comes back. */
function findEnd(error: unknown): RefusalCode | undefined {
  if (grpcStatusOf(error) === failedPrecondition && takesNoMore.test(String(error))) return 'full';
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return undefined;
  const { type, message } = error.cause;
  if (type === 'AcceptedUpdateCompletedWorkflow') return 'closed';
  // A worker of an older release, in the middle of a rollout: the newer one will know it.
  if (type === 'UnprocessedUpdate' || message.startsWith('No registered handler')) return undefined;
  return 'failed';
}

/** The engine's status (gRPC) for what the execution's state forbids. */
const failedPrecondition = 9;
const takesNoMore = /limit on the total number of distinct updates/i;

/**
 * The Update may have been answered and its answer lost on the way, before the workflow ended: then that is the answer.
 * @throws NotStarted, and what the engine said of a workflow that runs all the same
 */
async function pastAnswer(client: Client, { request, beginning }: Delivered, error: unknown): Promise<Answer> {
  const handle = client.workflow.getHandle(reservationWorkflowId(request.reservation));
  const description = await handle.describe().catch((unknown: unknown) => {
    if (unknown instanceof WorkflowNotFoundError) return undefined;
    throw unknown;
  });
  if (!description) {
    if (await beginning()) throw new NotStarted();
    return { ok: false, code: 'lost' };
  }
  for await (const workflowRunId of runsOf(client.workflow, description)) {
    try {
      return await handle.getUpdateHandle<Answer>(request.id, { workflowRunId }).result();
    } catch (past) {
      const code = readRefusal(past) ?? findEnd(past);
      if (code) return { ok: false, code };
      if (!isEnded(past)) throw past;
      if (description.status.name === 'RUNNING') throw error;
    }
  }
  return { ok: false, code: 'closed' };
}

/** The reservation's own start has not been delivered yet. */
class NotStarted extends Error {}

/** A short code for the request's row and the log; never a message, which might repeat what was sent. */
export function faultCode(error: unknown): string {
  if (error instanceof NotStarted) return 'not_started';
  if (error instanceof WorkflowUpdateFailedError) return 'update_failed';
  const status = grpcStatusOf(error);
  if (status !== undefined) return `engine_${status}`;
  return error instanceof Error ? error.name : 'unknown';
}
