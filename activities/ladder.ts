import { headMayAct, lastRung, nextRungAt } from '../domain/ladder.ts';
import type { CompiledPolicy } from '../domain/projection.ts';
import { dayOf } from '../domain/time.ts';
import type { Transaction } from '../platform/db.ts';
import { rungsAhead } from '../store/approval/ladder.ts';
import { readDeadlines } from '../store/content/working-calendar.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** When the tasks that open first are due for their first rung: in the time of their step, where it has less. */
export async function firstRungAt(
  trx: Transaction,
  policy: Pick<CompiledPolicy, 'decideBy' | 'steps'>,
  now: number,
): Promise<number | undefined> {
  const { calendar, waits } = await readDeadlines(trx, dayOf(now));
  const { within = Number.POSITIVE_INFINITY, late } = policy.steps?.[0] ?? {};
  const decideBy = Math.min(policy.decideBy, now + within);
  const ahead = late === 'climb' && decideBy < policy.decideBy ? headMayAct - 1 : lastRung;
  return nextRungAt(calendar, { now, decideBy, wait: waits[0] ?? 0, ahead });
}

/** Which rung each of these tasks stands on now, and when its next one is due, by the people and the calendar of today. */
export const climb =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['climb'] =>
  async ({ tasks }) => {
    const now = Date.now();
    const ahead = await rungsAhead(
      db,
      tasks.map(({ task }) => task),
    );
    const { calendar, waits } = await readDeadlines(db, dayOf(now));
    return tasks.map(({ task, rung, due, upTo, decideBy }) => {
      const further = (ahead.get(task) ?? []).filter((one) => one > rung && one <= upTo);
      const reached = due ? (further.shift() ?? rung) : rung;
      const [next] = further;
      const wait = next && waits[next - 1];
      const at = wait && nextRungAt(calendar, { now, decideBy, wait, ahead: further.length });
      return { task, rung: reached, ...(at && { next: at }) };
    });
  };
