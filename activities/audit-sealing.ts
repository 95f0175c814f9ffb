import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../platform/log.ts';
import { sealAudit } from '../store/audit/audit-chain.ts';
import type { ActivityDeps } from './deps.ts';

/** How long a record may wait to be sealed, in ms; and how many are sealed at once. */
const pause = 2_000;
const batch = 500;

/** Every worker offers to seal the audit; the database lets one at a time. */
export function startSealing({ db }: Pick<ActivityDeps, 'db'>, { log }: { log: Log }): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const sealed = await sealAudit(db, batch).catch((err: unknown) => {
        log.warn({ err }, 'the audit is not sealed for now');
        return 0;
      });
      if (sealed < batch) await wait(pause, undefined, { signal: stopping.signal }).catch(() => {});
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
