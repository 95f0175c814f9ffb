import type { EntryMethod } from '../domain/credentials.ts';
import { annulWithin } from '../domain/gate-event.ts';
import type { RefusedScan } from '../domain/gate-refusal.ts';
import type { HandReason } from '../domain/hand-entry.ts';
import type { Direction } from '../domain/reservation.ts';
import { day } from '../domain/time.ts';
import type { GateEvent } from '../workflows/messages/reservation.ts';
import { inTransaction, type Ledger, withoutWaiting } from './ledger.ts';
import { listScans } from './listed-scans.ts';
import type { LocalKeys } from './local-keys.ts';
import type { Note } from './notes.ts';
import type { Annulment, Answered, Party, Scan, ScanKey } from './scan.ts';

/** Answered scans as rows of one ledger: the file, or the memory that stands in for it. */
export type ScanRows = ReturnType<typeof createScanRows>;

/** Nonces are remembered this long; the longest visit's movements lie within. What was not forwarded stays. */
const kept = 8 * day;

const happened = 'event is not null and annulled_at is null';
const untold = 'event is not null and forwarded_at is null';
const refusalUntold = 'event is null and forwarded_at is null';
const annulmentUntold = 'annulled_at is not null and annulment_told_at is null';

export function createScanRows(ledger: Ledger, keys: LocalKeys, gate: string) {
  const insert = ledger.prepare(`
    insert into scan (device, nonce, asked_hash, asked_by, at, open, reason, wrong, party_enc, event, reservation,
      ordinal, direction, method, step, notes, version, by_document, guard, by_hand)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const findOne = ledger.prepare('select * from scan where device = ? and nonce = ?');
  const findRepeated = ledger.prepare(`
    select s.* from repeated_scan r join scan s on s.device = r.device and s.nonce = r.of_nonce
    where r.device = ? and r.nonce = ?`);
  const insertRepeated = ledger.prepare('insert into repeated_scan (device, nonce, of_nonce, at) values (?, ?, ?, ?)');
  // By time, with the plus: a device's scans of days are many.
  const findJustOpened = ledger.prepare(`
    select * from scan where +device = ? and asked_hash = ? and ${happened} and at between ? and ?
    order by rowid desc limit 1`);
  const countWrong = ledger.prepare('select count(*) as n from scan where asked_by = ? and wrong = 1 and at > ?');
  // In the order in which they happened: the clock may have been set back between.
  const lastMovement = ledger.prepare(`
    select direction from scan where reservation = ? and ordinal = ? and ${happened}
    order by rowid desc limit 1`);
  const usedStep = ledger.prepare(`
    select max(step) as step from scan
    where reservation = ? and ordinal = ? and direction = ? and ${happened}`);
  const lastEntry = ledger.prepare(`
    select max(at) as at from scan
    where reservation = ? and ordinal = ? and direction = 'in' and ${happened} and at between ? and ?`);
  // That it was annulled is told after what was annulled, also where the clock was set back between.
  const waiting = ledger.prepare(`
    select *, at as happened_at, null as annulled, rowid as n from scan where ${untold}
    union all
    select *, max(at, annulled_at), annulled_at, rowid from scan where ${annulmentUntold}
    order by happened_at, n, annulled limit ?`);
  const countWaiting = ledger.prepare(
    `select (select count(*) from scan where ${untold}) + (select count(*) from scan where ${annulmentUntold}) as n`,
  );
  const refused = ledger.prepare(`select * from scan where ${refusalUntold} order by at, rowid limit ?`);
  const countRefused = ledger.prepare(`select count(*) as n from scan where ${refusalUntold}`);
  const markRefusalTold = ledger.prepare('update scan set forwarded_at = ? where device = ? and nonce = ?');
  const annul = ledger.prepare('update scan set annulled_at = ? where device = ? and nonce = ?');
  const countAll = ledger.prepare('select (select count(*) from scan) + (select count(*) from repeated_scan) as n');
  const markForwarded = ledger.prepare('update scan set forwarded_at = ? where event = ?');
  const dropOldRepeated = ledger.prepare('delete from repeated_scan where at < ?');
  const markAnnulmentTold = ledger.prepare('update scan set annulment_told_at = ? where event = ?');
  const dropOld = ledger.prepare(`
    delete from scan where at < ? and forwarded_at is not null
      and (annulled_at is null or annulment_told_at is not null)`);

  const partyColumn = ({ device, nonce }: ScanKey) => ({
    table: 'scan',
    column: 'party_enc',
    row: `${device}/${nonce}`,
  });

  function mark({ event, annulled }: GateEvent, now: number): void {
    (annulled === undefined ? markForwarded : markAnnulmentTold).run(now, event);
  }

  function readAnswer(row: Record<string, unknown>): Answered {
    const key = { device: String(row.device), nonce: String(row.nonce) };
    const party = row.party_enc instanceof Uint8Array ? Buffer.from(row.party_enc) : undefined;
    return {
      open: row.open === 1,
      reason: row.reason as Answered['reason'],
      party: party ? (JSON.parse(keys.cipher.open(partyColumn(key), party)) as Party) : null,
      notes: JSON.parse(String(row.notes)) as Note[],
    };
  }

  return {
    /** The answer that was given; `repeated` when the nonce came before with something else. */
    find(key: ScanKey, asked: string): Answered | 'repeated' | undefined {
      const row = findOne.get(key.device, key.nonce) ?? findRepeated.get(key.device, key.nonce);
      if (!row) return undefined;
      // Nobody went in by it, and nobody does any more: it opened, and is told as annulled.
      if (row.annulled_at !== null) return 'repeated';
      return keys.hashAsked(asked).equals(row.asked_hash as Uint8Array) ? readAnswer(row) : 'repeated';
    },
    ...listScans(ledger, readAnswer),
    has: ({ device, nonce }: ScanKey): boolean => findOne.get(device, nonce) !== undefined,
    /** What this device was answered when it asked the very same under another nonce, and it opened. */
    justOpened(device: string, asked: string, within: { from: number; to: number }) {
      const row = findJustOpened.get(device, keys.hashAsked(asked), within.from, within.to);
      return row && { nonce: String(row.nonce), answered: readAnswer(row) };
    },
    /** A further nonce of an answered scan gets its answer from now on. */
    keepRepeated({ device, nonce }: ScanKey, of: string, now: number): void {
      insertRepeated.run(device, nonce, of, now);
    },
    /** On the disk when it returns. */
    keep(scan: Scan): void {
      insert.run(
        scan.device,
        scan.nonce,
        keys.hashAsked(scan.asked),
        scan.askedBy,
        scan.at,
        Number(scan.open),
        scan.reason,
        Number(scan.wrong),
        scan.party ? keys.cipher.seal(partyColumn(scan), JSON.stringify(scan.party)) : null,
        scan.event ?? null,
        scan.pass?.reservation ?? null,
        scan.pass?.ordinal ?? null,
        scan.direction,
        scan.method,
        scan.step ?? null,
        JSON.stringify(scan.notes),
        scan.version ?? null,
        Number(scan.byDocument),
        scan.guard ?? null,
        scan.byHand ?? null,
      );
    },
    /** @returns undefined: no scan of this device has this nonce */
    annul(key: ScanKey, now: number): Annulment | undefined {
      const row = findOne.get(key.device, key.nonce) ?? findRepeated.get(key.device, key.nonce);
      if (!row) return undefined;
      if (row.event === null) return 'not_opened';
      if (row.annulled_at !== null) return 'annulled';
      if (now - Number(row.at) > annulWithin) return 'too_late';
      annul.run(now, key.device, String(row.nonce));
      return 'annulled';
    },
    wrongSince: (askedBy: string, since: number): number => Number(countWrong.get(askedBy, since)?.n),
    /** Which way this gate last saw somebody pass. */
    lastSeen: (reservation: string, ordinal: number): Direction | undefined =>
      lastMovement.get(reservation, ordinal)?.direction as Direction | undefined,
    /** The newest step that opened in this direction. */
    usedStep(reservation: string, ordinal: number, direction: Direction): number | undefined {
      const step = usedStep.get(reservation, ordinal, direction)?.step;
      return typeof step === 'number' ? step : undefined;
    },
    /** When this gate last let somebody in, within a time. */
    lastEntry(reservation: string, ordinal: number, within: { from: number; to: number }): number | undefined {
      const at = lastEntry.get(reservation, ordinal, within.from, within.to)?.at;
      return typeof at === 'number' ? at : undefined;
    },
    /** Events nobody has been told of, and annulments, oldest first. */
    waiting: (limit: number): GateEvent[] =>
      waiting.all(limit).map((row) => ({
        event: String(row.event),
        reservation: String(row.reservation),
        ordinal: Number(row.ordinal),
        gate,
        direction: row.direction as Direction,
        method: row.method as EntryMethod,
        at: Number(row.at),
        ...(row.version === null ? {} : { version: Number(row.version) }),
        ...(row.step === null || row.by_document === 1 ? {} : { step: Number(row.step) }),
        ...(row.annulled === null ? {} : { annulled: Number(row.annulled) }),
        ...(row.guard === null ? {} : { guard: String(row.guard) }),
        ...(row.by_hand === null ? {} : { byHand: row.by_hand as HandReason }),
      })),
    /** Scans that opened nothing and that nobody has been told of, oldest first. */
    refusals: (limit: number): (ScanKey & { scan: RefusedScan })[] =>
      refused.all(limit).map((row) => {
        const key = { device: String(row.device), nonce: String(row.nonce) };
        const scan: RefusedScan = {
          id: keys.idOfScan(key),
          at: Number(row.at),
          direction: row.direction as Direction,
          method: row.method as RefusedScan['method'],
          reason: row.reason as RefusedScan['reason'],
          askedBy: String(row.asked_by),
          ...(row.reservation === null
            ? {}
            : { pass: { reservation: String(row.reservation), ordinal: Number(row.ordinal) } }),
        };
        return { ...key, scan };
      }),
    refusalCount: (): number => Number(countRefused.get()?.n),
    markRefusalsTold(scans: readonly ScanKey[], now: number): void {
      withoutWaiting(ledger, () =>
        inTransaction(ledger, () => {
          for (const { device, nonce } of scans) markRefusalTold.run(now, device, nonce);
        }),
      );
    },
    waitingCount: (): number => Number(countWaiting.get()?.n),
    count: (): number => Number(countAll.get()?.n),
    /** Puts every row into another ledger too, in order; one that is there already stays. */
    copyTo(other: Ledger): void {
      for (const table of ['scan', 'repeated_scan']) {
        for (const row of ledger.prepare(`select * from ${table} order by at`).all()) {
          const columns = Object.keys(row);
          const marks = columns.map(() => '?').join(', ');
          const copy = other.prepare(`insert or ignore into ${table} (${columns.join(', ')}) values (${marks})`);
          copy.run(...Object.values(row));
        }
      }
    },
    empty(): void {
      ledger.exec('delete from repeated_scan; delete from scan');
    },
    /** Should the power take it back, the event is told again, and recorded once all the same. */
    markForwarded(event: GateEvent, now: number): void {
      withoutWaiting(ledger, () => mark(event, now));
    },
    /** The same within a transaction. */
    markForwardedToo: mark,
    dropOld(now: number): void {
      dropOldRepeated.run(now - kept);
      dropOld.run(now - kept);
    },
  };
}
