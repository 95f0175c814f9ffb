import type { EntryMethod } from '../domain/credentials.ts';
import type { HandReason } from '../domain/hand-entry.ts';
import type { Direction } from '../domain/reservation.ts';
import type { Ledger } from './ledger.ts';
import type { Answered, ListedScan, RefusedPass, ScanKey } from './scan.ts';

/** Answered scans as the console shows them. @param readAnswer what was answered, out of a row */
export function listScans(ledger: Ledger, readAnswer: (row: Record<string, unknown>) => Answered) {
  const findOne = ledger.prepare('select * from scan where device = ? and nonce = ?');
  const latest = ledger.prepare('select * from scan order by at desc, rowid desc limit ?');
  const byHand = ledger.prepare(`
    select * from scan where by_hand is not null and annulled_at is null and at > ? order by at desc limit ?`);

  const read = (row: Record<string, unknown>): ListedScan => ({
    ...readAnswer(row),
    at: Number(row.at),
    direction: row.direction as Direction,
    method: row.method as EntryMethod,
    ...(row.by_hand === null ? {} : { byHand: row.by_hand as HandReason }),
    ...(row.guard === null ? {} : { guard: String(row.guard) }),
  });

  return {
    /** The newest answers, and when each was given. */
    latest: (limit: number): ListedScan[] => latest.all(limit).map(read),
    /** What guards did by hand since a moment, newest first. */
    byHandSince: (since: number, limit: number): ListedScan[] => byHand.all(since, limit).map(read),
    /** A refusal of a pass that is real. */
    refused(key: ScanKey): RefusedPass | undefined {
      const row = findOne.get(key.device, key.nonce);
      if (!row || row.open === 1 || row.reservation === null) return undefined;
      const { reservation, ordinal, version } = row;
      return {
        ...read(row),
        reservation: String(reservation),
        ordinal: Number(ordinal),
        ...(version === null ? {} : { version: Number(version) }),
      };
    },
  };
}
