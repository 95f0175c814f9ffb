import { setTimeout as wait } from 'node:timers/promises';

/**
 * How much of the engine one gate may take: so many calls at once, so many a second. What comes sooner waits for its turn; what
 * would be too many at once is told to come again. A gate that works well asks twice at once, and signals one after the other.
 */
export interface Turns {
  /** @returns whether the call was begun: then `end` belongs to it */
  begin(gate: string): boolean;
  /** Resolves when it is this call's turn. @throws the signal's reason */
  turn(gate: string, signal: AbortSignal): Promise<void>;
  end(gate: string): void;
}

interface OfGate {
  open: number;
  /** By the process's own clock, in ms. */
  nextAt: number;
}

export const mostAtOnce = 16;
const mostPerSecond = 100;

const pause = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal });

/** @param clock by which calls are counted, for tests */
export function createTurns(clock = { now: () => performance.now(), pause }): Turns {
  const gates = new Map<string, OfGate>();
  const of = (gate: string): OfGate => {
    const known = gates.get(gate) ?? { open: 0, nextAt: 0 };
    gates.set(gate, known);
    return known;
  };
  return {
    begin(gate) {
      const its = of(gate);
      if (its.open >= mostAtOnce) return false;
      its.open += 1;
      return true;
    },
    async turn(gate, signal) {
      const its = of(gate);
      const now = clock.now();
      const at = Math.max(now, its.nextAt);
      its.nextAt = at + 1_000 / mostPerSecond;
      if (at > now) await clock.pause(at - now, signal);
    },
    end(gate) {
      of(gate).open -= 1;
    },
  };
}
