import type { Client } from '@temporalio/client';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { stuckTasks } from '../store/approval/ladder.ts';
import { unreached } from '../workflows/messages/reservation.ts';
import type { ActivityDeps } from './deps.ts';
import { tellWorkflow } from './tell-workflow.ts';

const atOnce = 100;
/** How long a workflow has to climb before it is told again: every telling is history. */
const telling = 600_000;

/**
 * Moves the ladder on at once where nobody is left to wait for: the last address of those who may act took no mail, or mail
 * came back from it, or the last person of an office has left. Any number of workers may do it: a rung is left once.
 */
export function followUnreached(
  { db, client }: Pick<ActivityDeps, 'db'> & { client: Client },
  { log, every = 5_000 }: { log: Log; every?: number },
): Rounds {
  const told = new Map<string, number>();
  let after: string | undefined;
  const waiting = waitingOf(log);

  async function round(): Promise<void> {
    for (const [key, at] of told) if (Date.now() - at >= telling) told.delete(key);
    const found = await stuckTasks(db, { limit: atOnce, after });
    after = found.after;
    for (const stuck of found.stuck) {
      const key = `${stuck.task}/${stuck.rung}`;
      if (told.has(key)) continue;
      const { reservation, task, rung } = stuck;
      // One that cannot be told now must not hold up the others.
      const heard = await waiting.attempt('a task that reaches nobody has to wait', { reservation }, () =>
        tellWorkflow(client, reservation, unreached, { task, rung }),
      );
      if (heard) told.set(key, Date.now());
    }
  }

  return startRounds({ every, round, failure: 'tasks that reach nobody stay where they are', log });
}
