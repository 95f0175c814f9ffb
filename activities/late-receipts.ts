import type { Client } from '@temporalio/client';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { type FailedMessage, failedAfterClose, failedUnheard } from '../store/messages/failed-message.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import { messageFailed } from '../workflows/messages/reservation.ts';
import type { ActivityDeps } from './deps.ts';
import { tellWorkflow } from './tell-workflow.ts';

/** How long the process that kept a receipt has to tell the workflow, and the workflow to act, before we tell it (again). */
const telling = 30_000;

/**
 * Failed receipts that no workflow acts upon. A refusal or a cancellation is a reservation's last word: when WeChat says
 * that it could not deliver it, nobody is left to hear, and the next channel is taken here. And where the engine was away
 * while WeChat repeated a receipt, the workflow of an open reservation is told afterwards.
 */
export function followLateReceipts(
  { db, client }: Pick<ActivityDeps, 'db'> & { client: Client },
  notify: CoreActivities['notify'],
  { log, every = 5_000, after = 5_000, tell = telling }: { log: Log; every?: number; after?: number; tell?: number },
): Rounds {
  /** When a workflow was told of an event: it hears once, but every telling is history. */
  const told = new Map<string, number>();

  async function followAll(): Promise<void> {
    for (const failed of await failedAfterClose(db, after)) {
      await each(failed, () => notify({ ...about(failed), after: 'wechat' }));
    }
    for (const [event, at] of told) if (Date.now() - at >= tell) told.delete(event);
    for (const failed of await failedUnheard(db, tell)) {
      if (!told.has(failed.event)) await each(failed, () => tellNow(failed));
    }
  }

  /** One that cannot be helped now must not hold up the others. */
  async function each({ reservation, message }: FailedMessage, act: () => Promise<unknown>): Promise<void> {
    await waitingOf(log).attempt('a late receipt has to wait', { reservation, message }, act);
  }

  async function tellNow({ reservation, message, event }: FailedMessage): Promise<void> {
    await tellWorkflow(client, reservation, messageFailed, { event, message });
    told.set(event, Date.now());
  }

  return startRounds({ every, round: followAll, failure: 'late receipts are not followed', log });
}

const about = ({ reservation, message }: FailedMessage) => ({ reservation, message });
