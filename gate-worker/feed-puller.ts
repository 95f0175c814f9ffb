import { setTimeout as wait } from 'node:timers/promises';
import type { UnwrittenDisk } from '../domain/gate-disk.ts';
import { minute } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import { waitingOf } from '../platform/waiting.ts';
import type { AnsweredScans } from './answered-scans.ts';
import type { Applier } from './apply-page.ts';
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { EnteredElsewhere } from './entered-elsewhere.ts';
import { FeedError, type FeedSource, fetchPage } from './fetch-page.ts';
import type { Guards } from './guards.ts';
import type { Position } from './position.ts';
import type { TellRefusals } from './refusal-teller.ts';

/** Keeps the gate's knowledge near the head of its feed; the gate decides whether or not this succeeds. */
export interface FeedPuller {
  /** Reads to the head now, or joins the reading that runs. @throws FeedError */
  pull(): Promise<void>;
  /** Why the last reading failed; undefined when it did not. */
  fault(): FeedError['fault'] | 'not_yet' | undefined;
  /** Whether a reading ended lately, well or not: one that hangs has no fault. */
  isFollowing(): boolean;
  stop(): Promise<void>;
}

/** After failures it asks less often, at most this many times less. */
const slowest = 8;
/** A reading of many pages takes seconds; each page is given up after some. */
const longestReading = minute;
const unread = 'the feed cannot be read';

export function startFeedPuller(parts: {
  source: FeedSource;
  position: Position;
  scans: AnsweredScans;
  elsewhere: EnteredElsewhere;
  guards: Guards;
  clock: Clock;
  applier: Applier;
  disk: Disk;
  /** What else is told once the feed is read. */
  tellRefusals: TellRefusals;
  /** Milliseconds between two readings. */
  every: number;
  log: Log;
}): FeedPuller {
  const { source, position, scans, elsewhere, guards, clock, applier, disk, tellRefusals, every, log } = parts;
  const stopping = new AbortController();
  const waiting = waitingOf(log);
  let fault: ReturnType<FeedPuller['fault']> = 'not_yet';
  const told = new Set<string>();
  let running: Promise<void> | undefined;
  let endedAt = performance.now();

  function unwritten(): UnwrittenDisk | undefined {
    const since = disk.failingSince();
    return since === undefined ? undefined : { since, kept: scans.inMemory(), lost: disk.lost() };
  }

  async function readToHead(): Promise<void> {
    for (let begunAnew = false; ; ) {
      const now = Date.now();
      const after = position.applied();
      const asked = {
        after,
        forwarded: scans.forwardedThrough(now),
        entered: elsewhere.through(),
        guards: guards.mark(),
        disk: unwritten(),
      };
      const page = await fetchPage(source, asked, stopping.signal);
      if (page.entered) {
        elsewhere.learn(page.entered, Date.now());
        clock.learn(page.entered.through, { asked: page.asked, answered: Date.now() });
      }
      if (page.guards) guards.learn(page.guards);
      const why = position.breakBefore(page);
      if (why) {
        // Once a reading: two servers that tell different histories would keep it busy for ever.
        if (begunAnew) throw new FeedError('changing');
        begunAnew = true;
        log.warn({ kind: why, position: after }, 'the feed is read from the beginning');
        if (!disk.write(() => position.beginAnew(why, now))) throw new FeedError('unwritten');
        continue;
      }
      await applier.apply(page);
      if (page.through >= page.head) return;
    }
  }

  async function pullOnce(): Promise<void> {
    scans.writeKept(Date.now());
    try {
      await readToHead();
      for (const words of told) waiting.worked(words);
      told.clear();
      fault = undefined;
      scans.dropOld(Date.now());
    } catch (error) {
      const now = error instanceof FeedError ? error.fault : 'malformed';
      if (now === 'clock') clock.refuse();
      if (!stopping.signal.aborted) tell(now, error);
      fault = now;
      throw error;
    }
  }

  /** Only who is not there is waited for: what else is wrong is told when it begins, and somebody has to look. */
  function tell(now: FeedError['fault'], error: unknown): void {
    const away = now === 'unreachable';
    if (!away && error instanceof FeedError) waiting.worked(unread);
    const words = away ? unread : `${unread}: ${now}`;
    told.add(words);
    waiting.failed(words, error, away ? { part: 'the feed' } : { part: null, anew: now !== fault });
  }

  function pull(): Promise<void> {
    running ??= pullOnce().finally(() => {
      running = undefined;
      endedAt = performance.now();
    });
    return running;
  }

  async function follow(): Promise<void> {
    for (let delay = every; !stopping.signal.aborted; ) {
      const failed = await pull().then(
        () => false,
        () => true,
      );
      if (!failed && !stopping.signal.aborted) await tellRefusals(stopping.signal);
      delay = failed ? Math.min(delay * 2, every * slowest) : every;
      await wait(delay, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const following = follow();

  return {
    pull,
    fault: () => fault,
    isFollowing: () => performance.now() - endedAt < every * slowest + longestReading,
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
