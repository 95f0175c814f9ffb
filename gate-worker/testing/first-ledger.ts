import { DatabaseSync } from 'node:sqlite';
import type { LocalKeys } from '../local-keys.ts';

/** A filled store as the gate wrote it before its steps were counted: written out here, since that code is gone. */
export function firstLedger(
  file: string,
  keys: LocalKeys,
  held: {
    pass: { reservation: string; ordinal: number; version: number; until: number };
    code: string;
    name: string;
    event: string;
    position: number;
  },
): void {
  const { pass, code, name, event, position } = held;
  const ledger = new DatabaseSync(file);
  ledger.exec('pragma journal_mode = wal');
  ledger.exec(tables);
  ledger.prepare('insert into fact (name, value) values (?, ?)').run('applied', String(position));
  const guard = { table: 'pass', column: 'guard_enc', row: `${pass.reservation}/${pass.ordinal}` };
  ledger
    .prepare(
      `insert into pass (reservation, ordinal, version, revoked, valid_from, valid_until, kept_until, gates, code_hash,
         guard_enc) values (?, ?, ?, 0, 1000, ?, ?, '0000000000000003', ?, ?)`,
    )
    .run(
      pass.reservation,
      pass.ordinal,
      pass.version,
      pass.until,
      pass.until,
      keys.hashCodeBefore(code),
      keys.cipher.seal(guard, JSON.stringify({ name, doc: { salt: 's', hash: 'h', tail: 't' } })),
    );
  const scan = ledger.prepare(
    `insert into scan (device, nonce, asked_hash, asked_by, at, open, reason, wrong, event, reservation, ordinal,
       direction, method) values ('d', ?, ?, 'scanner', ?, ?, ?, 0, ?, ?, ?, 'in', 'qr')`,
  );
  const asked = keys.hashAsked('asked');
  scan.run('nonce-1', asked, 1_000, 0, 'expired', null, null, null);
  scan.run('nonce-2', asked, 2_000, 1, 'ok', event, pass.reservation, pass.ordinal);
  ledger.close();
}

const tables = `
  create table fact (
    name text primary key,
    value text not null
  ) strict, without rowid;

  create table pass (
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
  create index pass_code on pass (code_hash) where code_hash is not null;
  create index pass_end on pass (valid_until);

  create table scan (
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
  create index scan_waiting on scan (at) where event is not null and forwarded_at is null;
  create index scan_movement on scan (reservation, ordinal, at) where event is not null;
  create index scan_wrong on scan (asked_by, at) where wrong = 1;
  create index scan_age on scan (at);

  create table console_session (
    id_hash blob primary key,
    until integer not null
  ) strict, without rowid;
  create table failed_login (
    address text not null,
    at integer not null
  ) strict;
`;
