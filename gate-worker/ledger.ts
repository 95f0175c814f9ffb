import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The gate's own book, one SQLite file: what it knows of passes, what it answered, how far it has read. WAL with
 * `synchronous=FULL`: what was answered is on the disk, whatever happens to the power. Names, plates and document
 * proofs are encrypted under the gate's local key, gate codes kept as HMAC.
 */
export type Ledger = DatabaseSync;

/** @param file path, or ':memory:' */
export function openLedger(file: string): Ledger {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const ledger = new DatabaseSync(file, { timeout: 5_000 });
  ledger.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  ledger.exec(schema);
  // A ledger of before has the table without it: its rows say what they said.
  if (!hasColumn(ledger, 'pass', 'kept_until')) {
    ledger.exec('alter table pass add column kept_until integer not null default 0');
  }
  return ledger;
}

const hasColumn = (ledger: Ledger, table: string, column: string): boolean =>
  ledger.prepare('select 1 from pragma_table_info(?) where name = ?').get(table, column) !== undefined;

/** Does everything or nothing, with one wait for the disk. */
export function inTransaction<T>(ledger: Ledger, work: () => T): T {
  ledger.exec('begin immediate');
  try {
    const result = work();
    ledger.exec('commit');
    return result;
  } catch (error) {
    ledger.exec('rollback');
    throw error;
  }
}

/** For what may be lost with the power and is then simply done again: nobody waits for the disk. */
export function withoutWaiting<T>(ledger: Ledger, work: () => T): T {
  ledger.exec('pragma synchronous = normal');
  try {
    return work();
  } finally {
    ledger.exec('pragma synchronous = full');
  }
}

/** Instants are epoch milliseconds. A scan is an answer, and while it opened and is not forwarded, an event to tell. */
const schema = `
  create table if not exists fact (
    name text primary key,
    value text not null
  ) strict, without rowid;

  create table if not exists pass (
    reservation text not null,
    ordinal integer not null,
    version integer not null,
    revoked integer not null check (revoked in (0, 1)),
    valid_from integer,
    valid_until integer not null,
    kept_until integer not null default 0,
    gates text,
    code_hash blob,
    guard_enc blob,
    primary key (reservation, ordinal)
  ) strict, without rowid;
  create index if not exists pass_code on pass (code_hash) where code_hash is not null;
  create index if not exists pass_end on pass (valid_until);

  create table if not exists scan (
    device text not null,
    nonce text not null,
    asked_hash blob not null,
    asked_by text not null,
    at integer not null,
    open integer not null check (open in (0, 1)),
    reason text not null,
    wrong integer not null check (wrong in (0, 1)),
    party_enc blob,
    event text unique,
    reservation text,
    ordinal integer,
    direction text not null check (direction in ('in', 'out')),
    method text not null check (method in ('qr', 'code')),
    forwarded_at integer,
    primary key (device, nonce),
    check ((open = 1) = (event is not null)),
    check (event is null or (reservation is not null and ordinal is not null))
  ) strict;
  create index if not exists scan_waiting on scan (at) where event is not null and forwarded_at is null;
  create index if not exists scan_movement on scan (reservation, ordinal, at) where event is not null;
  create index if not exists scan_wrong on scan (asked_by, at) where wrong = 1;
  create index if not exists scan_age on scan (at);

  create table if not exists console_session (
    id_hash blob primary key,
    until integer not null
  ) strict, without rowid;
  create table if not exists failed_login (
    address text not null,
    at integer not null
  ) strict;
`;
