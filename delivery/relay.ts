import { setTimeout as wait } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Log } from '../platform/log.ts';
import { type Claimed, claimPending, endAttempt } from '../store/reservations/request.ts';

/** Sends kept requests again until they are answered or refused. Any number of workers may run one. */
export interface Relay {
  start(): void;
  /** Resolves when the attempts under way are finished. */
  stop(): Promise<void>;
}

export interface RelayPace {
  /** How often pending requests are looked for, in ms. */
  every: number;
  /** The first pause between two attempts of one request, in ms. */
  pause: number;
  /** How long an attempt waits for its answer, in ms. */
  patience: (isFirst: boolean) => number;
}
const usualPace: RelayPace = {
  every: 1_000,
  pause: 2_000,
  patience: (isFirst) => (isFirst ? 4_000 : 10_000),
};

/** Attempts under way at once. A sender is a waiting call and no more, so that many cost little. */
const senders = 120;
/** Senders that requests tried before may hold: however many of them are stuck, a new one finds a sender free. */
const forRepeated = 100;

/**
 * Each attempt has a sender of its own and holds up no other: what is stuck keeps its sender until the attempt's time
 * is over, and everybody else's is free.
 */
export function createRelay(
  deps: { db: Knex; log: Log; deliver: (requestId: string, waitMs: number) => Promise<unknown> },
  pace: RelayPace = usualPace,
): Relay {
  let stopping = new AbortController();
  let running: Promise<void> | undefined;
  const underWay = new Map<Promise<void>, Claimed>();

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const claimed of await claim()) begin(claimed);
      await wait(pace.every, undefined, { signal }).catch(() => {});
    }
    await Promise.all(underWay.keys());
  }

  async function claim(): Promise<Claimed[]> {
    const free = senders - underWay.size;
    const repeatedUnderWay = [...underWay.values()].filter(({ isFirst }) => !isFirst).length;
    if (free === 0) return [];
    try {
      return await claimPending(deps.db, {
        most: free,
        repeated: Math.max(0, forRepeated - repeatedUnderWay),
        pause: pace.pause,
        patience: pace.patience,
      });
    } catch (error) {
      deps.log.warn({ err: error }, 'the relay cannot read pending requests');
      return [];
    }
  }

  function begin(claimed: Claimed): void {
    const attempt = deliverQuietly(claimed).finally(() => underWay.delete(attempt));
    underWay.set(attempt, claimed);
  }

  async function deliverQuietly({ id, isFirst }: Claimed): Promise<void> {
    try {
      await deps.deliver(id, pace.patience(isFirst));
      await endAttempt(deps.db, id);
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
