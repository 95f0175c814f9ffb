import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { claimQueued } from '../store/messages/message.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './deps.ts';

/** Until a message that could not be handed over is tried again; longer than one hand-over takes. */
const pause = 60_000;
const atOnce = 20;

/**
 * Messages that were kept with what causes them and that no workflow hands over: a companion's own pass, a pass opened
 * elsewhere. Any number of workers may send them.
 */
export function sendQueued(
  { db }: Pick<ActivityDeps, 'db'>,
  notify: CoreActivities['notify'],
  { log, every = 1_000 }: { log: Log; every?: number },
): Rounds {
  async function sendDue(): Promise<void> {
    const due = await claimQueued(db, atOnce, pause);
    await Promise.all(
      due.map(({ reservation, message }) =>
        waitingOf(log).attempt('a queued message has to wait', { reservation, message }, () =>
          notify({ reservation, message }),
        ),
      ),
    );
  }

  return startRounds({ every, round: sendDue, failure: 'queued messages are not sent', log });
}
