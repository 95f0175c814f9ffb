import type { DatabaseSync as Ledger } from 'node:sqlite';

/**
 * How a gate's store came to be what it is, one step after the other: `user_version` of the file says how many it has
 * taken. A step that has been released is never edited; the next change is a step of its own at the end.
 */
export const ledgerSteps: readonly ((ledger: Ledger) => void)[] = [
  beginning,
  methodsWithoutList,
  stepsAndNotes,
  publicKeys,
  openedAnyway,
  plates,
  annulledScans,
  guardsOfTheirOwn,
  handovers,
  emergencies,
];

/** Files from before steps were counted have these tables, the oldest without `kept_until`: their rows stay. */
function beginning(ledger: Ledger): void {
  ledger.exec(firstSchema);
  if (!hasColumn(ledger, 'pass', 'kept_until')) {
    ledger.exec('alter table pass add column kept_until integer not null default 0');
  }
}

/** The kinds of credentials are listed in domain/credentials.ts alone. SQLite drops a check only with its table. */
function methodsWithoutList(ledger: Ledger): void {
  ledger.exec(`
    alter table scan rename to scan_before;
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
      method text not null,
      forwarded_at integer,
      primary key (device, nonce),
      check ((open = 1) = (event is not null)),
      check (event is null or (reservation is not null and ordinal is not null))
    ) strict;
    insert into scan (device, nonce, asked_hash, asked_by, at, open, reason, wrong, party_enc, event, reservation,
      ordinal, direction, method, forwarded_at)
    select device, nonce, asked_hash, asked_by, at, open, reason, wrong, party_enc, event, reservation, ordinal,
      direction, method, forwarded_at
    from scan_before order by rowid;
    drop table scan_before;
    create index scan_waiting on scan (at) where event is not null and forwarded_at is null;
    create index scan_movement on scan (reservation, ordinal, at) where event is not null;
    create index scan_wrong on scan (asked_by, at) where wrong = 1;
    create index scan_age on scan (at);
  `);
}

/** Which time step opened, what the guard was told beside it, and further nonces of the same scan. */
function stepsAndNotes(ledger: Ledger): void {
  ledger.exec(`
    alter table scan add column step integer;
    alter table scan add column notes text not null default '[]';
    create table repeated_scan (
      device text not null,
      nonce text not null,
      of_nonce text not null,
      at integer not null,
      primary key (device, nonce)
    ) strict, without rowid;
    create index repeated_scan_age on repeated_scan (at);
  `);
}

/** Public keys that the feed told of, and those that it took back, though the key folder has them. */
function publicKeys(ledger: Ledger): void {
  ledger.exec(`
    create table public_key (
      use text not null check (use in ('pass', 'renewal', 'feed')),
      kid integer not null,
      public blob not null,
      revoked integer not null check (revoked in (0, 1)),
      primary key (use, kid)
    ) strict, without rowid;
  `);
}

/** With which vehicle somebody comes, as an HMAC. */
function plates(ledger: Ledger): void {
  ledger.exec(`
    alter table pass add column plate_hash blob;
    create index pass_plate on pass (plate_hash) where plate_hash is not null;
  `);
}

/** Arms that opened though no pass did. */
function openedAnyway(ledger: Ledger): void {
  ledger.exec(`
    create table opened_anyway (
      device text not null,
      nonce text not null,
      at integer not null,
      because text not null check (because in ('exit', 'fire_alarm')),
      reason text not null,
      primary key (device, nonce)
    ) strict, without rowid;
    create index opened_anyway_age on opened_anyway (at);
  `);
}

/** Scans whose arm did not turn, refused ones that are to be told, and by what a pass opened: its version, and whether a document was shown. */
function annulledScans(ledger: Ledger): void {
  ledger.exec(`
    alter table scan add column annulled_at integer;
    alter table scan add column annulment_told_at integer;
    alter table scan add column version integer;
    alter table scan add column by_document integer not null default 0 check (by_document in (0, 1));
    create index scan_annulment_waiting on scan (annulled_at)
      where annulled_at is not null and annulment_told_at is null;
    create index scan_refusal_waiting on scan (at) where event is null and forwarded_at is null;
  `);
}

/** Which guard is logged in, and which one asked; null: by what the whole gate shares, or a device. Why one let somebody in by hand. */
function guardsOfTheirOwn(ledger: Ledger): void {
  ledger.exec(`
    alter table console_session add column guard text;
    alter table scan add column guard text;
    alter table scan add column by_hand text;
    create index scan_by_hand on scan (at) where by_hand is not null;
  `);
}

/** What a guard leaves the next one to know. */
function handovers(ledger: Ledger): void {
  ledger.exec(`
    create table handover (
      id text primary key,
      at integer not null,
      guard text,
      note_enc blob not null
    ) strict, without rowid;
    create index handover_age on handover (at);
  `);
}

/** Whom a guard let in without a pass. */
function emergencies(ledger: Ledger): void {
  ledger.exec(`
    create table emergency (
      id text primary key,
      kind text not null,
      at integer not null,
      guard text,
      told_at integer
    ) strict, without rowid;
    create index emergency_untold on emergency (at) where told_at is null;
    create index emergency_age on emergency (at);
  `);
}

const hasColumn = (ledger: Ledger, table: string, column: string): boolean =>
  ledger.prepare('select 1 from pragma_table_info(?) where name = ?').get(table, column) !== undefined;

/** Instants are epoch milliseconds. A scan is an answer, and while it opened and is not forwarded, an event to tell. */
const firstSchema = `
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
