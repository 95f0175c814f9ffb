import { factOf } from '../domain/gate-event.ts';
import type { Direction } from '../domain/reservation.ts';
import type { GateEvent } from '../workflows/messages/reservation.ts';
import type { Disk } from './disk.ts';
import { inTransaction, type Ledger, openLedger } from './ledger.ts';
import type { LocalKeys } from './local-keys.ts';
import type { Annulment, Answered, ListedScan, RefusedPass, Scan, ScanKey } from './scan.ts';
import { createScanRows, type ScanRows } from './scan-rows.ts';

/** Every scan that was answered, refused ones too. What opened is an event, told to the reservation's workflow later. */

export type AnsweredScans = ReturnType<typeof createAnsweredScans>;

/** So many answers are kept in memory while the disk takes none; an entry beyond is lost, and counted. */
const mostInMemory = 20_000;

/** On the disk; while that cannot be written, in memory, from where it goes to the disk as soon as that takes it. */
export function createAnsweredScans(ledger: Ledger, keys: LocalKeys, gate: string, disk: Disk) {
  const written = createScanRows(ledger, keys, gate);
  const memory = createScanRows(openLedger(':memory:'), keys, gate);
  /** Told, while the disk could not take down that they were. */
  const told = new Map<string, GateEvent>();
  const read = <T>(work: () => T, otherwise: T): T => disk.read(work, () => otherwise);

  const keeps = (): boolean => memory.count() > 0 || told.size > 0;
  disk.keepsInMemory(keeps);

  /** What waits in memory goes to the disk. */
  function writeKept(now: number): void {
    if (!keeps()) return;
    const done = disk.write(() =>
      inTransaction(ledger, () => {
        memory.copyTo(ledger);
        for (const event of told.values()) written.markForwardedToo(event, now);
      }),
    );
    if (!done) return;
    memory.empty();
    told.clear();
    disk.recover();
  }

  function waiting(limit: number): GateEvent[] {
    const onDisk = read(() => written.waiting(limit + told.size), []).filter((event) => !told.has(factOf(event)));
    return [...onDisk, ...memory.waiting(limit)].slice(0, limit);
  }

  return {
    writeKept,
    waiting,
    find: (key: ScanKey, asked: string): Answered | 'repeated' | undefined =>
      memory.find(key, asked) ?? read(() => written.find(key, asked), undefined),
    justOpened: (...asked: Parameters<ScanRows['justOpened']>) =>
      memory.justOpened(...asked) ?? read(() => written.justOpened(...asked), undefined),
    keepRepeated(key: ScanKey, of: string, now: number): void {
      // Beside its scan, or it would not find it.
      const rows = memory.has({ device: key.device, nonce: of }) ? memory : written;
      if (rows === memory) memory.keepRepeated(key, of, now);
      else disk.write(() => written.keepRepeated(key, of, now));
    },
    /** On the disk when it returns, as long as the disk takes it. */
    keep(scan: Scan): void {
      writeKept(scan.at);
      if (memory.count() === 0 && disk.write(() => written.keep(scan))) return;
      if (memory.count() < mostInMemory) memory.keep(scan);
      else if (scan.event) disk.lose(1);
    },
    /** On the disk when it returns `annulled`, where the scan is; what is in memory is annulled there. */
    annul(key: ScanKey, now: number): Annulment {
      writeKept(now);
      const inMemory = memory.annul(key, now);
      if (inMemory) return inMemory;
      let end: Annulment | undefined;
      const done = disk.write(() => {
        end = written.annul(key, now);
      });
      return done ? (end ?? 'unknown_scan') : 'unwritten';
    },
    wrongSince: (askedBy: string, since: number): number =>
      memory.wrongSince(askedBy, since) + read(() => written.wrongSince(askedBy, since), 0),
    lastSeen: (reservation: string, ordinal: number): Direction | undefined =>
      memory.lastSeen(reservation, ordinal) ?? read(() => written.lastSeen(reservation, ordinal), undefined),
    usedStep: (...of: Parameters<ScanRows['usedStep']>): number | undefined =>
      newest(
        memory.usedStep(...of),
        read(() => written.usedStep(...of), undefined),
      ),
    lastEntry: (...of: Parameters<ScanRows['lastEntry']>): number | undefined =>
      newest(
        memory.lastEntry(...of),
        read(() => written.lastEntry(...of), undefined),
      ),
    /** Of the disk: what is in memory is told once that takes it. */
    refusals: (limit: number) => read(() => written.refusals(limit), []),
    markRefusalsTold(scans: readonly ScanKey[], now: number): boolean {
      return disk.attempt(() => written.markRefusalsTold(scans, now));
    },
    /** Newest first. */
    latest: (limit: number): ListedScan[] =>
      [...memory.latest(limit), ...read(() => written.latest(limit), [])].slice(0, limit),
    byHandSince: (since: number, limit: number): ListedScan[] =>
      [...memory.byHandSince(since, limit), ...read(() => written.byHandSince(since, limit), [])].slice(0, limit),
    refused: (key: ScanKey): RefusedPass | undefined =>
      memory.refused(key) ?? read(() => written.refused(key), undefined),
    /** Answers that are in memory only. */
    inMemory: (): number => memory.count(),
    waitingCount: (): number => memory.waitingCount() + read(() => written.waitingCount(), 0) - told.size,
    /** Every event before this instant has been forwarded. */
    forwardedThrough(now: number): number {
      const [first] = waiting(1);
      const oldest = first && Math.min(first.at, first.annulled ?? first.at);
      return oldest === undefined ? now - 1 : Math.min(oldest, now) - 1;
    },
    markForwarded(event: GateEvent, now: number): void {
      memory.markForwarded(event, now);
      if (!disk.attempt(() => written.markForwarded(event, now))) told.set(factOf(event), event);
    },
    dropOld(now: number): void {
      disk.attempt(() => written.dropOld(now));
    },
    /** Tries the disk once more. What it does not take goes with the process, and is counted. */
    close(now: number): void {
      writeKept(now);
      if (memory.waitingCount() > 0) disk.lose(memory.waitingCount());
    },
  };
}

const newest = (...instants: (number | undefined)[]): number | undefined => {
  const known = instants.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};
