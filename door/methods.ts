import { status } from '@grpc/grpc-js';
import type { Connection } from '@temporalio/client';
import proto, { type temporal } from '@temporalio/proto';
import type { Knex } from 'knex';
import { doorNamespace } from '../domain/door.ts';
import { grpcStatusOf } from '../platform/grpc-status.ts';
import type { EnrolledGate } from '../store/gates/gate.ts';
import { gateTaskQueue } from '../workflows/messages/gate.ts';
import { Refused } from './refused.ts';
import { beginOwnWorkflow, signalOf } from './signals.ts';
import type { TaskTokens } from './task-tokens.ts';

/**
 * What a gate may ask of the engine: what a worker of activities alone calls, its signals, and who polls its own queue. A request to the
 * engine is made anew out of the fields that are named here, so that nothing else of what the gate wrote gets there; payloads go
 * through as they are.
 */

/** Who asks, and what it takes to answer. */
export interface AtDoor {
  gate: EnrolledGate;
  /** Deadline and end of the gate's own call hold for what is asked within it. */
  engine: Connection['workflowService'];
  namespace: string;
  tokens: TaskTokens;
  db: Knex;
}

export interface Method {
  /** How long it may take, in ms. */
  patience: number;
  /** From bytes to bytes, as the engine's API has them. @throws Refused */
  answer(asked: Uint8Array, at: AtDoor): Promise<Uint8Array>;
}

const v1 = proto.temporal.api.workflowservice.v1;
const { TaskQueueKind, TaskQueueType } = proto.temporal.api.enums.v1;

/** The engine answers a poll without a task after a minute. */
const patience = { poll: 70_000, other: 10_000 };

interface Message<Read, Written> {
  decode(bytes: Uint8Array): Read;
  encode(message: Written): { finish(): Uint8Array };
}

function method<Asked, Answer>(
  asked: Pick<Message<Asked, never>, 'decode'>,
  answer: Pick<Message<never, Answer>, 'encode'>,
  act: (asked: Asked, at: AtDoor) => Promise<Answer>,
  within = patience.other,
): Method {
  return {
    patience: within,
    async answer(bytes, at) {
      const read = decode(asked, bytes);
      return answer.encode(await act(read, at)).finish();
    },
  };
}

function decode<T>(message: Pick<Message<T, never>, 'decode'>, bytes: Uint8Array): T {
  try {
    return message.decode(bytes);
  } catch {
    throw new Refused('malformed');
  }
}

/** For a request that names a namespace: the gate's own name for it. */
function inNamespace<Asked extends { namespace?: string | null }, Answer>(
  act: (asked: Asked, at: AtDoor) => Promise<Answer>,
) {
  return (asked: Asked, at: AtDoor): Promise<Answer> => {
    if (asked.namespace !== doorNamespace) throw new Refused('namespace');
    return act(asked, at);
  };
}

/** What an answer to a task has beside what it says. */
const answered = (
  { taskToken, identity }: { taskToken?: Uint8Array | null; identity?: string | null },
  at: AtDoor,
) => ({
  namespace: at.namespace,
  taskToken: at.tokens.open(at.gate.id, Buffer.from(taskToken ?? [])),
  identity: identityOf(at.gate, identity),
});

/** As the engine's pages show it: nobody takes the name of a worker or of another gate. */
const identityOf = ({ id }: EnrolledGate, said: string | null | undefined): string =>
  `${prefixOf(id)}${(said ?? '').replaceAll(/[^\w@.:-]/g, '').slice(0, 100)}`;
const prefixOf = (gate: string): string => `gate ${gate}: `;

function requireOwnQueue(
  gate: EnrolledGate,
  queue: { name?: string | null; kind?: number | null; normalName?: string | null } | null | undefined,
): string {
  const own = gateTaskQueue(gate.id);
  const isSticky = queue?.normalName || (queue?.kind ?? 0) > TaskQueueKind.TASK_QUEUE_KIND_NORMAL;
  if (queue?.name !== own || isSticky) throw new Refused('queue');
  return own;
}

async function poll(
  { taskQueue, identity }: temporal.api.workflowservice.v1.IPollActivityTaskQueueRequest,
  { gate, engine, namespace, tokens }: AtDoor,
) {
  const name = requireOwnQueue(gate, taskQueue);
  const task = await engine.pollActivityTaskQueue({
    namespace,
    taskQueue: { name, kind: TaskQueueKind.TASK_QUEUE_KIND_NORMAL },
    identity: identityOf(gate, identity),
  });
  return task.taskToken.length > 0 ? { ...task, taskToken: tokens.bind(gate.id, task.taskToken) } : task;
}

async function tell(asked: temporal.api.workflowservice.v1.ISignalWorkflowExecutionRequest, at: AtDoor) {
  const { gate, engine, namespace } = at;
  const signal = await signalOf(asked, at);
  const { requestId } = asked;
  try {
    return await engine.signalWorkflowExecution({
      ...signal,
      namespace,
      identity: identityOf(gate, asked.identity),
      requestId: requestId ?? '',
    });
  } catch (error) {
    if (grpcStatusOf(error) === status.NOT_FOUND) await beginOwnWorkflow(signal, at);
    throw error;
  }
}

/** Only what the gate's own readiness asks: when the engine saw its own polls last. */
async function pollers(
  { taskQueue, taskQueueType }: temporal.api.workflowservice.v1.IDescribeTaskQueueRequest,
  { gate, engine, namespace }: AtDoor,
) {
  const name = requireOwnQueue(gate, taskQueue);
  if (taskQueueType !== TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY) throw new Refused('queue');
  const found = await engine.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType });
  const prefix = prefixOf(gate.id);
  return {
    pollers: found.pollers.flatMap(({ identity, lastAccessTime }) =>
      identity?.startsWith(prefix)
        ? [{ identity: identity.slice(prefix.length), lastAccessTime: lastAccessTime ?? null }]
        : [],
    ),
  };
}

/** Whether the engine has our namespace; nothing else of it. */
async function describeNamespace(_asked: object, { engine, namespace }: AtDoor) {
  const { namespaceInfo } = await engine.describeNamespace({ namespace });
  return { namespaceInfo: { name: doorNamespace, state: namespaceInfo?.state ?? null } };
}

export const methods: Readonly<Record<string, Method>> = {
  GetSystemInfo: method(v1.GetSystemInfoRequest, v1.GetSystemInfoResponse, (_asked, { engine }) =>
    engine.getSystemInfo({}),
  ),
  DescribeNamespace: method(v1.DescribeNamespaceRequest, v1.DescribeNamespaceResponse, inNamespace(describeNamespace)),
  PollActivityTaskQueue: method(
    v1.PollActivityTaskQueueRequest,
    v1.PollActivityTaskQueueResponse,
    inNamespace(poll),
    patience.poll,
  ),
  RecordActivityTaskHeartbeat: method(
    v1.RecordActivityTaskHeartbeatRequest,
    v1.RecordActivityTaskHeartbeatResponse,
    inNamespace((asked, at) =>
      at.engine.recordActivityTaskHeartbeat({ ...answered(asked, at), details: asked.details ?? null }),
    ),
  ),
  RespondActivityTaskCompleted: method(
    v1.RespondActivityTaskCompletedRequest,
    v1.RespondActivityTaskCompletedResponse,
    inNamespace((asked, at) =>
      at.engine.respondActivityTaskCompleted({ ...answered(asked, at), result: asked.result ?? null }),
    ),
  ),
  RespondActivityTaskFailed: method(
    v1.RespondActivityTaskFailedRequest,
    v1.RespondActivityTaskFailedResponse,
    inNamespace((asked, at) =>
      at.engine.respondActivityTaskFailed({ ...answered(asked, at), failure: asked.failure ?? null }),
    ),
  ),
  RespondActivityTaskCanceled: method(
    v1.RespondActivityTaskCanceledRequest,
    v1.RespondActivityTaskCanceledResponse,
    inNamespace((asked, at) =>
      at.engine.respondActivityTaskCanceled({ ...answered(asked, at), details: asked.details ?? null }),
    ),
  ),
  SignalWorkflowExecution: method(
    v1.SignalWorkflowExecutionRequest,
    v1.SignalWorkflowExecutionResponse,
    inNamespace(tell),
  ),
  DescribeTaskQueue: method(v1.DescribeTaskQueueRequest, v1.DescribeTaskQueueResponse, inNamespace(pollers)),
  // The end of a worker: its polls end with its calls, and it has no sticky queue that the engine would have to let go.
  ShutdownWorker: method(
    v1.ShutdownWorkerRequest,
    v1.ShutdownWorkerResponse,
    inNamespace(async () => ({})),
  ),
};
