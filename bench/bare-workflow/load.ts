import { randomUUID } from 'node:crypto';
import { Client, WithStartWorkflowOperation } from '@temporalio/client';
import { startChild } from '../child.ts';
import { countEvents } from '../history.ts';
import { bareQueue, bareType, decided, happened, shape, submitted } from './messages.ts';

/** The bare workflow with its worker in a process of its own; the client is here, in the load's process. */
export async function startBareWorkflow(ours: Client, address: string, namespace: string) {
  // The same connection without our payload codec.
  const client = new Client({ connection: ours.connection, namespace });
  const worker = await startChild('./bare-workflow/worker.ts', [address, namespace]);
  const told = new Map<string, () => void>();
  worker.process.on('message', (step: { id: string; seen: number }) => told.get(`${step.id} ${step.seen}`)?.());
  const reached = (id: string, seen: number) =>
    new Promise<void>((resolve) => told.set(`${id} ${seen}`, resolve)).finally(() => told.delete(`${id} ${seen}`));

  async function begin(): Promise<string> {
    const id = `bare/${randomUUID()}`;
    const start = new WithStartWorkflowOperation(bareType, {
      workflowId: id,
      taskQueue: bareQueue,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    await client.workflow.executeUpdateWithStart(submitted, { args: [{ id }], startWorkflowOperation: start });
    return id;
  }

  /** One whole reservation, as its visitor, approver and gate would send it. Resolves to its id. */
  async function once(): Promise<string> {
    const id = await begin();
    const handle = client.workflow.getHandle(id);
    await handle.executeUpdate(decided, { args: [{ id }] });
    for (const event of [1, 2, 3, 4]) {
      const next = reached(id, event);
      await handle.signal(happened, { event });
      await next;
    }
    await handle.signal(happened, { event: 5 });
    await handle.result();
    return id;
  }

  /** A workflow that waits for its decision. @returns how to send it, once: one Update whose handler has one activity */
  async function waiting(): Promise<() => Promise<unknown>> {
    const id = await begin();
    return () => client.workflow.getHandle(id).executeUpdate(decided, { args: [{ id }] });
  }

  /** @throws when a history is not the fixed shape: then the ratio would compare with something else. */
  async function prove(id: string): Promise<void> {
    const found = bareShape(countEvents(await client.workflow.getHandle(id).fetchHistory()));
    const wrong = Object.entries(shape).filter(([name, count]) => found[name as keyof typeof shape] !== count);
    if (wrong.length > 0) {
      const seen = wrong.map(([name, count]) => `${name} ${found[name as keyof typeof shape]}, not ${count}`);
      throw new Error(`The bare workflow ${id} is not what it should be: ${seen.join('; ')}`);
    }
  }

  return { once, waiting, prove, stop: worker.stop };
}

/** The counts of `shape`, from a history. */
function bareShape({ events, byType }: ReturnType<typeof countEvents>): typeof shape {
  const count = (name: string) => byType[name] ?? 0;
  return {
    events,
    workflowTasks: count('WORKFLOW_TASK_COMPLETED'),
    activities: count('ACTIVITY_TASK_COMPLETED'),
    localActivities: count('MARKER_RECORDED'),
    updates: count('WORKFLOW_EXECUTION_UPDATE_COMPLETED'),
    signals: count('WORKFLOW_EXECUTION_SIGNALED'),
    upserts: count('UPSERT_WORKFLOW_SEARCH_ATTRIBUTES'),
    timersStarted: count('TIMER_STARTED'),
    timersCancelled: count('TIMER_CANCELED'),
  };
}
