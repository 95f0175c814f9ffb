import { isEngineAway } from './grpc-status.ts';
import type { Log } from './log.ts';
import { isDatabaseAway } from './unavailable.ts';

/**
 * A process that waits for a part tries often and says so seldom: at once, then with growing pauses, and once when it is
 * over. Whatever else leans on the same part meanwhile adds no line.
 */

/** What a process leans on, in the words of its log. */
export type AwayPart = 'the database' | 'the engine' | 'the feed';

/** After how long a line is written, in seconds; from then on every hour. */
const linesAfter = [0, 10, 30, 60, 300, 900];
const hour = 3_600;
/** A part that fails again so soon after it was back, in ms, was not. */
const relapse = 10_000;
/** Nothing that goes on failing is silent for so long, in ms: it is over, though nobody said so. */
const forgotten = 2 * hour * 1_000;

export interface Waiting {
  /**
   * Some work failed. Why it did is read from the error where `part` is left out; null says that it was no part. Such a
   * failure is told in the words of the work: each time where it has `fields` of its own, else with growing pauses as well.
   * `anew`: it was another one before, and is told whatever the pause.
   */
  failed(words: string, err: unknown, about?: { part?: AwayPart | null; fields?: object; anew?: boolean }): void;
  /** The same work went well: what it missed is back. */
  worked(words: string): void;
  /** Does one of many pieces of such work, and tells how it went. @returns whether it went well */
  attempt(words: string, fields: object, work: () => Promise<unknown>): Promise<boolean>;
}

interface Outage {
  since: number;
  said: number;
  failedAt: number;
  endedAt?: number;
}

const ofLogs = new WeakMap<Log, Waiting>();

/** One a process, as its log is. */
export function waitingOf(log: Log): Waiting {
  const known = ofLogs.get(log) ?? createWaiting(log);
  ofLogs.set(log, known);
  return known;
}

/** @param now milliseconds of a clock that nobody sets; for tests */
export function createWaiting(log: Log, now: () => number = () => Math.round(performance.now())): Waiting {
  const outages = new Map<string, Outage>();
  /** What each work missed when it last failed. */
  const missed = new Map<string, string>();

  function outageOf(key: string, at: number): Outage {
    const known = outages.get(key);
    const goesOn =
      known && at - (known.endedAt ?? known.failedAt) < (known.endedAt === undefined ? forgotten : relapse);
    const outage = goesOn
      ? { since: known.since, said: known.said, failedAt: at }
      : { since: at, said: 0, failedAt: at };
    outages.set(key, outage);
    return outage;
  }

  const waiting: Waiting = {
    failed(words, err, { part = partOf(err), fields, anew = false } = {}) {
      if (!part && fields) return log.warn({ err, ...fields }, words);
      const key = part ?? words;
      missed.set(words, key);
      const at = now();
      const outage = outageOf(key, at);
      const lasts = at - outage.since;
      if (lasts < nextLine(outage.said) && !anew) return;
      while (lasts >= nextLine(outage.said)) outage.said += 1;
      log.warn({ err, ms: lasts, ...(part && { ...fields, reason: words }) }, part ? `${part} does not answer` : words);
    },
    worked(words) {
      const key = missed.get(words);
      missed.delete(words);
      const outage = key === undefined ? undefined : outages.get(key);
      if (!outage || outage.endedAt !== undefined) return;
      outage.endedAt = now();
      const seconds = Math.round((outage.endedAt - outage.since) / 1_000);
      log.info(key === words ? `${words}: over after ${seconds} s` : `${key} is back after ${seconds} s`);
    },
    async attempt(words, fields, work) {
      try {
        await work();
        waiting.worked(words);
        return true;
      } catch (err) {
        waiting.failed(words, err, { fields });
        return false;
      }
    },
  };
  return waiting;
}

/** @returns ms since the beginning at which the next line is due */
function nextLine(said: number): number {
  const last = linesAfter.at(-1) ?? 0;
  return (linesAfter[said] ?? last + (said - linesAfter.length + 1) * hour) * 1_000;
}

function partOf(err: unknown): AwayPart | undefined {
  if (isDatabaseAway(err)) return 'the database';
  return isEngineAway(err) ? 'the engine' : undefined;
}
