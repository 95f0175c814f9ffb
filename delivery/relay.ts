import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Log } from '../platform/log.ts';
import { claimPending } from '../store/reservations/request.ts';

/** Sends kept requests again until they are answered or refused. Any number of workers may run one. */
export interface Relay {
  start(): void;
  /** Resolves when the attempt under way is finished. */
  stop(): Promise<void>;
}

export interface RelayPace {
  /** How often pending requests are looked for, in ms. */
  every: number;
  /** The first pause between two attempts of one request, in ms; it doubles up to eight times as long. */
  pause: number;
  /** How long one attempt waits for its answer, in ms. */
  patience: number;
}
const usualPace: RelayPace = { every: 1_000, pause: 2_000, patience: 10_000 };
const atOnce = 20;

export function createRelay(
  deps: { db: Knex; log: Log; deliver: (requestId: string, waitMs: number) => Promise<unknown> },
  pace: RelayPace = usualPace,
): Relay {
  let stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const claimed = await claim();
      await Promise.all(claimed.map((id) => deliverQuietly(id)));
      if (claimed.length < atOnce) await wait(pace.every, undefined, { signal }).catch(() => {});
    }
  }

  async function claim(): Promise<string[]> {
    try {
      return await claimPending(deps.db, atOnce, pace.pause);
    } catch (error) {
      deps.log.warn({ err: error }, 'the relay cannot read pending requests');
      return [];
    }
  }

  async function deliverQuietly(id: string): Promise<void> {
    try {
      await deps.deliver(id, pace.patience);
    } catch (error) {
      deps.log.warn({ err: error, request: id }, 'the relay could not deliver');
    }
  }

  return {
    start() {
      stopping = new AbortController();
      running ??= run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
  };
}
