import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from './log.ts';
import { waitingOf } from './waiting.ts';

/** Work that a process does again and again while it lives, one round after the other. */
export interface Rounds {
  start(): void;
  /** Resolves when the round under way is finished. */
  stop(): Promise<void>;
}

/** A round that fails is logged, in the words of `failure` and ever more seldom; the next one comes all the same. */
export function createRounds(work: {
  /** Milliseconds between two rounds. A stop does not wait for them. */
  every: number;
  /** A long round looks at `signal`, which a stop aborts. */
  round: (signal: AbortSignal) => Promise<unknown>;
  failure: string;
  log: Log;
}): Rounds {
  const { every, round, failure, log } = work;
  const waiting = waitingOf(log);
  let stopping = new AbortController();
  let running: Promise<void> | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await round(signal).then(
        () => waiting.worked(failure),
        (err: unknown) => waiting.failed(failure, err),
      );
      await wait(every, undefined, { signal }).catch(() => {});
    }
  }

  return {
    start() {
      if (running) return;
      stopping = new AbortController();
      running = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
      running = undefined;
    },
  };
}

/** The same, begun at once. */
export function startRounds(work: Parameters<typeof createRounds>[0]): Rounds {
  const rounds = createRounds(work);
  rounds.start();
  return rounds;
}
