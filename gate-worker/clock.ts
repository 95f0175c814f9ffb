import { second } from '../domain/time.ts';

/**
 * Whether this gate's clock can be believed, by what the server said last: steps and windows are judged by it. Nothing is decided
 * otherwise for it; the guard and whoever watches the gate are told.
 */
export type Clock = ReturnType<typeof createClock>;

/** A phone's code is good from two steps before to one after: half a minute more and good ones are refused. */
const tolerated = 30 * second;

export function createClock() {
  let off: number | undefined;
  let refused = false;
  return {
    /** @param server its clock while it answered; @param asked, answered by this gate's clock, epoch milliseconds */
    learn(server: number, { asked, answered }: { asked: number; answered: number }): void {
      refused = false;
      // What the way took is no fault of the clock.
      off = server < asked ? server - asked : server > answered ? server - answered : 0;
    },
    /** The server said that the clocks differ too much to be told anything. */
    refuse(): void {
      refused = true;
    },
    isWrong: (): boolean => refused || Math.abs(off ?? 0) > tolerated,
  };
}
