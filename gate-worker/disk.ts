import { second } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import type { Position } from './position.ts';

/** Whether the gate's disk takes what is written: the last write says so. A full one is an answer, not a failure. */
export type Disk = ReturnType<typeof createDisk>;

export function createDisk(log: Log) {
  let lastWrite: number | undefined;
  let failingSince: number | undefined;
  let lost = 0;
  let keeps = (): boolean => false;

  function failed(error: unknown): void {
    if (failingSince === undefined) log.error({ err: error }, 'the disk cannot be written: answers are kept in memory');
    failingSince ??= Date.now();
  }

  /** A full disk still takes a little here and there: it is well again once nothing waits in memory any more. */
  function recover(): void {
    if (failingSince === undefined || keeps()) return;
    log.info({ count: lost }, 'the disk is written again');
    failingSince = undefined;
  }

  return {
    failed,
    recover,
    /** @param kept whether something waits in memory for the disk */
    keepsInMemory(kept: () => boolean): void {
      keeps = kept;
    },
    /** @returns whether it was written; what is at stake is the caller's to keep */
    write(work: () => void): boolean {
      try {
        work();
      } catch (error) {
        failed(error);
        return false;
      }
      lastWrite = Date.now();
      recover();
      return true;
    },
    /** For what may change nothing: that it did not fail says nothing of the disk. @returns whether it did not */
    attempt(work: () => void): boolean {
      try {
        work();
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    },
    /** What is on the disk, or what is answered without it. */
    read<T>(work: () => T, otherwise: () => T): T {
      try {
        return work();
      } catch (error) {
        failed(error);
        return otherwise();
      }
    },
    isFailing: (): boolean => failingSince !== undefined,
    /** Epoch milliseconds; undefined while it is written. */
    failingSince: (): number | undefined => failingSince,
    /** Epoch milliseconds; undefined before the first write. */
    lastWrite: (): number | undefined => lastWrite,
    /** Entries that nobody will be told of. */
    lose(entries: number): void {
      lost += entries;
      log.error({ count: lost }, 'entries are lost: neither disk nor memory takes them');
    },
    lost: (): number => lost,
  };
}

/** A gate that nobody comes to and that has no network writes nothing: whether it could is tried, a little at most every ten seconds. */
export function writesNow(disk: Disk, position: Pick<Position, 'lookedAt'>, now = Date.now()): boolean {
  if (now - (disk.lastWrite() ?? 0) > 10 * second) disk.write(() => position.lookedAt(now));
  return !disk.isFailing();
}
