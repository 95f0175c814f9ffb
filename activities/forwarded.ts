import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { gatesBehind } from '../store/gate.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

const shortest = 500;
const longest = 10_000;

/**
 * Succeeds once every gate of the campus has forwarded past a moment; asked again a little later each time, and
 * once more just before its time is up.
 */
export const gatesForwarded =
  ({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['gatesForwarded'] =>
  async ({ campus, moment }) => {
    const behind = await gatesBehind(db, campus, new Date(moment));
    if (behind.length === 0) return;
    throw ApplicationFailure.create({
      type: 'gates_behind',
      message: `${behind.length} gates have not forwarded yet`,
      nextRetryDelay: nextDelay(),
    });
  };

function nextDelay(): number {
  const { attempt, scheduledTimestampMs, scheduleToCloseTimeoutMs } = activityInfo();
  const usual = Math.min(shortest * 1.5 ** Math.min(attempt - 1, 20), longest);
  if (!scheduleToCloseTimeoutMs) return usual;
  // A retry that would begin after the time is up ends the wait at once: ask shortly before instead.
  const left = scheduledTimestampMs + scheduleToCloseTimeoutMs - Date.now() - shortest / 2;
  return left > 0 ? Math.min(usual, left) : usual;
}
