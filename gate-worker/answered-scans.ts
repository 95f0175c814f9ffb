import type { EntryMethod } from '../domain/credentials.ts';
import type { Decision } from '../domain/gate-decision.ts';
import type { Direction } from '../domain/reservation.ts';
import { day } from '../domain/time.ts';
import type { GateEvent } from '../workflows/messages/reservation.ts';
import { type Ledger, withoutWaiting } from './ledger.ts';
import type { LocalKeys } from './local-keys.ts';

/** Every scan that was answered, refused ones too. What opened is an event, told to the reservation's workflow later. */

/** Who is shown to the guard. Masked. */
export interface Party {
  name: string;
  plate: string | null;
}

export interface Answered extends Decision {
  party: Party | null;
}

/** Which scan: a device never uses a nonce for two. */
export interface ScanKey {
  device: string;
  nonce: string;
}

export interface Scan extends ScanKey, Answered {
  /** The credential and what was typed beside it, as one text; only its HMAC is kept. */
  asked: string;
  /** The scanner with the device token, or the console: wrong codes are counted for each. */
  askedBy: string;
  at: number;
  /** A code or document that fits nobody. */
  wrong: boolean;
  direction: Direction;
  method: EntryMethod;
  /** Set when it opened. */
  event?: string;
  pass?: { reservation: string; ordinal: number };
}

export type AnsweredScans = ReturnType<typeof createAnsweredScans>;

/** Nonces are remembered this long; the longest visit's movements lie within. What was not forwarded stays. */
const kept = 8 * day;

export function createAnsweredScans(ledger: Ledger, keys: LocalKeys, gate: string) {
  const insert = ledger.prepare(`
    insert into scan (device, nonce, asked_hash, asked_by, at, open, reason, wrong, party_enc, event, reservation,
      ordinal, direction, method)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const findOne = ledger.prepare('select * from scan where device = ? and nonce = ?');
  const countWrong = ledger.prepare('select count(*) as n from scan where asked_by = ? and wrong = 1 and at > ?');
  // In the order in which they happened: the clock may have been set back between.
  const lastMovement = ledger.prepare(`
    select direction from scan where reservation = ? and ordinal = ? and event is not null
    order by rowid desc limit 1`);
  const waiting = ledger.prepare(`
    select * from scan where event is not null and forwarded_at is null order by at, rowid limit ?`);
  const oldestWaiting = ledger.prepare(
    'select min(at) as at, count(*) as n from scan where event is not null and forwarded_at is null',
  );
  const markForwarded = ledger.prepare('update scan set forwarded_at = ? where event = ?');
  const dropOld = ledger.prepare('delete from scan where at < ? and (event is null or forwarded_at is not null)');

  const partyColumn = ({ device, nonce }: ScanKey) => ({
    table: 'scan',
    column: 'party_enc',
    row: `${device}/${nonce}`,
  });

  return {
    /** The answer that was given; `repeated` when the nonce came before with something else. */
    find(key: ScanKey, asked: string): Answered | 'repeated' | undefined {
      const row = findOne.get(key.device, key.nonce);
      if (!row) return undefined;
      if (!keys.hashAsked(asked).equals(row.asked_hash as Uint8Array)) return 'repeated';
      const party = row.party_enc instanceof Uint8Array ? Buffer.from(row.party_enc) : undefined;
      return {
        open: row.open === 1,
        reason: row.reason as Answered['reason'],
        party: party ? (JSON.parse(keys.cipher.open(partyColumn(key), party)) as Party) : null,
      };
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
      );
    },
    wrongSince: (askedBy: string, since: number): number => Number(countWrong.get(askedBy, since)?.n),
    /** Which way this gate last saw somebody pass. */
    lastSeen: (reservation: string, ordinal: number): Direction | undefined =>
      lastMovement.get(reservation, ordinal)?.direction as Direction | undefined,
    /** Events nobody has been told of, oldest first. */
    waiting: (limit: number): GateEvent[] =>
      waiting.all(limit).map((row) => ({
        event: String(row.event),
        reservation: String(row.reservation),
        ordinal: Number(row.ordinal),
        gate,
        direction: row.direction as Direction,
        method: row.method as EntryMethod,
        at: Number(row.at),
      })),
    waitingCount: (): number => Number(oldestWaiting.get()?.n),
    /** Every event before this instant has been forwarded. */
    forwardedThrough(now: number): number {
      const oldest = oldestWaiting.get()?.at;
      return typeof oldest === 'number' ? Math.min(oldest, now) - 1 : now - 1;
    },
    /** Should the power take it back, the event is told again, and recorded once all the same. */
    markForwarded(event: string, now: number): void {
      withoutWaiting(ledger, () => markForwarded.run(now, event));
    },
    dropOld(now: number): void {
      dropOld.run(now - kept);
    },
  };
}
