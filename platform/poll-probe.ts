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

/** A poll without a task lasts a minute, and the next one follows at once: so one began within so many milliseconds. */
const pollsWithin = 100_000;
const patience = 1_500;

export function createPollProbe(
  client: Client,
  { queue, takes, within = pollsWithin }: { queue: string; takes: keyof typeof kindsOf; within?: number },
): PollProbe {
  const { namespace } = client.options;

  /** Epoch milliseconds; undefined where the engine knows of no poll in the last minutes. */
  async function lastPoll(taskQueueType: number, identity: string): Promise<number | undefined> {
    const { pollers } = await client.withDeadline(Date.now() + patience, () =>
      client.connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: queue }, taskQueueType }),
    );
    const own = pollers.filter((poller) => poller.identity === identity);
    if (own.length === 0) return undefined;
    return Math.max(...own.map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) * 1_000));
  }

  let asking: Promise<unknown> = Promise.resolve();
  return {
    async probe(identity) {
      const asked = Promise.all(kindsOf[takes].map((one) => lastPoll(one, identity)));
      asking = asked;
      const polls = await asked;
      if (polls.some((at) => at === undefined || Date.now() - at > within)) throw new Error('No tasks are taken');
    },
    settled: () =>
      asking.then(
        () => undefined,
        () => undefined,
      ),
  };
}
