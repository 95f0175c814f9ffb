import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import type { Knex } from 'knex';
import { gatesBehind } from '../store/gates/gate.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

const shortest = 500;
const longest = 10_000;

/** Gates in service say every two seconds how far they are, see `FEED_EVERY_MS`: the first attempt waits for that. */
const beat = 3_000;
const lookAgain = 250;

/**
 * Succeeds once every gate of the campus has forwarded past a moment. The first attempt waits for what gates say
 * next, since at the moment itself none has yet; after that it is asked again a little later each time, and once more
 * just before its time is up.
 */
export function gatesForwarded({ db }: Pick<ActivityDeps, 'db'>): CoreActivities['gatesForwarded'] {
  const lookout = createLookout(db);
  return async ({ campus, moment }) => {
    const until = Date.now() + patience();
    for (;;) {
      const behind = await lookout(campus, moment);
      if (behind.length === 0) return;
      if (Date.now() >= until) {
        throw ApplicationFailure.create({
          type: 'gates_behind',
          message: `${behind.length} gates have not forwarded yet`,
          nextRetryDelay: nextDelay(),
        });
      }
      await wait(lookAgain);
    }
  };
}

/** Visits end by the hundred on the hour: those that ask about the same moment share what one of them saw. */
function createLookout(db: Knex): (campus: string, moment: number) => Promise<string[]> {
  const looks = new Map<string, Promise<string[]>>();
  return (campus, moment) => {
    const key = `${campus} ${moment}`;
    const forget = () => looks.delete(key);
    const look =
      looks.get(key) ??
      gatesBehind(db, campus, new Date(moment)).finally(() => setTimeout(forget, lookAgain - 50).unref());
    looks.set(key, look);
    return look;
  };
}

/** At most half of all the time there is: what is left is for asking again. */
function patience(): number {
  const { attempt, scheduleToCloseTimeoutMs = 2 * beat } = activityInfo();
  return attempt === 1 ? Math.min(beat, scheduleToCloseTimeoutMs / 2) : 0;
}

function nextDelay(): number {
  const { attempt, scheduledTimestampMs, scheduleToCloseTimeoutMs } = activityInfo();
  const usual = Math.min(shortest * 1.5 ** Math.min(attempt - 1, 20), longest);
  if (!scheduleToCloseTimeoutMs) return usual;
  // A retry that would begin after the time is up ends the wait at once: ask shortly before instead.
  const left = scheduledTimestampMs + scheduleToCloseTimeoutMs - Date.now() - shortest / 2;
  return left > 0 ? Math.min(usual, left) : usual;
}
