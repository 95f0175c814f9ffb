import type { Client } from '@temporalio/client';

/**
 * Whether this process asked the engine for tasks lately, as the engine saw it: a worker whose polls hang looks like one
 * that runs from inside.
 */
export interface PollProbe {
  /** @param identity of the worker; @throws Error when a kind of task was not asked for lately, or the engine does not answer */
  probe(identity: string): Promise<void>;
  /** No call is under way any more. */
  settled(): Promise<void>;
}

/** The engine's numbers for kinds of tasks. */
const kind = { workflow: 1, activity: 2 };
const kindsOf = { workflows: [kind.workflow, kind.activity], activities: [kind.activity] };

/**
 * A poll without a task lasts a minute, and the next one follows at once: so the engine's time of the last one changes
 * within so many milliseconds. Its clock may be another machine's: the times themselves say nothing here.
 */
const pollsWithin = 100_000;
const patience = 1_500;

export function createPollProbe(
  client: Client,
  { queue, takes, within = pollsWithin }: { queue: string; takes: keyof typeof kindsOf; within?: number },
): PollProbe {
  const { namespace } = client.options;

  /** What the engine said last of each kind, and when that was new, by this process's own clock alone. */
  const seen = new Map<string, { said: string; at: number }>();

  /** @returns whether the engine saw a poll lately; false too where it knows of none in the last minutes */
  async function polled(taskQueueType: number, identity: string): Promise<boolean> {
    const { pollers } = await client.withDeadline(Date.now() + patience, () =>
      client.connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType }),
    );
    const own = pollers.filter((poller) => poller.identity === identity);
    if (own.length === 0) return false;
    const times = own.map(({ lastAccessTime }) => `${lastAccessTime?.seconds}.${lastAccessTime?.nanos}`);
    const said = times.toSorted().join();
    const key = `${taskQueueType} ${identity}`;
    const known = seen.get(key);
    const latest = known?.said === said ? known : { said, at: performance.now() };
    seen.set(key, latest);
    return performance.now() - latest.at <= within;
  }

  let asking: Promise<unknown> = Promise.resolve();
  return {
    async probe(identity) {
      const asked = Promise.all(kindsOf[takes].map((one) => polled(one, identity)));
      asking = asked;
      if (!(await asked).every(Boolean)) throw new Error('No tasks are taken');
    },
    settled: () =>
      asking.then(
        () => undefined,
        () => undefined,
      ),
  };
}
