import type { Knex } from 'knex';
import type { Log } from '../platform/log.ts';
import { createRounds, type Rounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { type Claimed, claimPending, endAttempt } from '../store/reservations/request.ts';

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
 * Sends kept requests again until they are answered or refused. Any number of workers may run one.
 *
 * Each attempt has a sender of its own and holds up no other: what is stuck keeps its sender until the attempt's time
 * is over, and everybody else's is free.
 */
export function createRelay(
  deps: { db: Knex; log: Log; deliver: (requestId: string, waitMs: number) => Promise<unknown> },
  pace: RelayPace = usualPace,
): Rounds {
  const underWay = new Map<Promise<void>, Claimed>();

  async function sendNext(): Promise<void> {
    for (const claimed of await claim()) begin(claimed);
  }

  async function claim(): Promise<Claimed[]> {
    const free = senders - underWay.size;
    const repeatedUnderWay = [...underWay.values()].filter(({ isFirst }) => !isFirst).length;
    if (free === 0) return [];
    return claimPending(deps.db, {
      most: free,
      repeated: Math.max(0, forRepeated - repeatedUnderWay),
      pause: pace.pause,
      patience: pace.patience,
    });
  }

  function begin(claimed: Claimed): void {
    const attempt = deliverQuietly(claimed).finally(() => underWay.delete(attempt));
    underWay.set(attempt, claimed);
  }

  async function deliverQuietly({ id, isFirst }: Claimed): Promise<void> {
    await waitingOf(deps.log).attempt('the relay could not deliver', { request: id }, async () => {
      await deps.deliver(id, pace.patience(isFirst));
      await endAttempt(deps.db, id);
    });
  }

  const rounds = createRounds({
    every: pace.every,
    round: sendNext,
    failure: 'the relay cannot read pending requests',
    log: deps.log,
  });
  return {
    start: rounds.start,
    /** Resolves when the attempts under way are finished. */
    async stop() {
      await rounds.stop();
      await Promise.all(underWay.keys());
    },
  };
}
