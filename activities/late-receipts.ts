import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../platform/log.ts';
import { failedAfterClose } from '../store/message.ts';
import type { CoreActivities } from '../workflows/messages/activities.ts';
import type { ActivityDeps } from './create.ts';

/**
 * A refusal or a cancellation is a reservation's last word: when WeChat says that it could not deliver it, no workflow
 * is left to hear. This hands such messages over by the next channel.
 */
export function followLateReceipts(
  { db }: Pick<ActivityDeps, 'db'>,
  notify: CoreActivities['notify'],
  { log, every = 5_000, after = 5_000 }: { log: Log; every?: number; after?: number },
): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await handOverFailed().catch((error: unknown) => log.warn({ err: error }, 'late receipts are not followed'));
      await wait(every, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  async function handOverFailed(): Promise<void> {
    for (const { reservation, message } of await failedAfterClose(db, after)) {
      await notify({ reservation, message, after: 'wechat' });
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
