import { setTimeout as wait } from 'node:timers/promises';
import { hour } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import { dropWornOut } from '../store/own-data/worn-out.ts';
import type { ActivityDeps } from './deps.ts';

/** Once an hour what is worn out is deleted. Any number of workers may do it. */
export function startTidying({ db }: Pick<ActivityDeps, 'db'>, { log }: { log: Log }): { stop(): Promise<void> } {
  const stopping = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await dropWornOut(db).catch((err: unknown) => log.warn({ err }, 'what is worn out stays for now'));
      await wait(hour, undefined, { signal: stopping.signal }).catch(() => {});
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
