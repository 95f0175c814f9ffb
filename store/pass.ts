import type { Knex } from 'knex';
import { gatesToBits } from '../domain/gates-bitmap.ts';
import type { FieldCipher } from '../platform/crypto.ts';

/** Passes. A pass is (reservation, ordinal); its id stays the same across versions, its token does not. */

export interface Pass {
  id: string;
  reservation: string;
  ordinal: number;
  version: number;
  campus: string;
  from: Date;
  until: Date;
  issuedAt: Date;
  revokedAt: Date | null;
}

/** 我的凭证: passes that still open something, now or later, the next one first. */
export async function passesOf(db: Knex, visitor: string): Promise<Pass[]> {
  const rows = await newestVersions(db)
    .where('r.visitor_id', visitor)
    .whereNull('p.revoked_at')
    .where('p.valid_until', '>', db.fn.now())
    .orderBy(['p.valid_from', 'p.ordinal']);
  return rows.map(readPass);
}

/** A pass as its owner may see it, also when it is over; undefined when it is somebody else's. */
export async function findPassOf(db: Knex, visitor: string, id: string): Promise<Pass | undefined> {
  const row = await newestVersions(db).where({ 'p.id': id, 'r.visitor_id': visitor }).first();
  return row && readPass(row);
}

/** For the door that a 访客验证码 opens (store/visit-code.ts): check the code before anything of it is shown. */
export async function findPass(db: Knex, id: string): Promise<Pass | undefined> {
  const row = await newestVersions(db).where('p.id', id).first();
  return row && readPass(row);
}

/** The newest version of every pass of a reservation, by ordinal. */
export async function passesOfReservation(db: Knex, reservation: string): Promise<Pass[]> {
  const rows = await newestVersions(db).where('p.reservation_id', reservation).orderBy('p.ordinal');
  return rows.map(readPass);
}

/** What the newest version is shown with: the signed token's bytes and the gate code (入校码). */
export async function readCredentials(
  db: Knex,
  cipher: FieldCipher,
  id: string,
): Promise<{ token: Buffer; gateCode: string } | undefined> {
  const row = await newestVersions(db).where('p.id', id).first();
  if (!row) return undefined;
  const open = (column: 'token_enc' | 'gate_code_enc') => cipher.open(address(row, column), row[column]);
  return { token: Buffer.from(open('token_enc'), 'base64'), gateCode: open('gate_code_enc') };
}

export interface NewPass {
  id: string;
  reservation: string;
  ordinal: number;
  version: number;
  campus: string;
  /** See domain/gates-bitmap.ts. */
  gates: bigint;
  from: Date;
  until: Date;
  issuedAt: Date;
  /** Payload and signature. */
  token: Uint8Array;
  gateCode: string;
}

export async function insertPass(trx: Knex, cipher: FieldCipher, pass: NewPass): Promise<void> {
  await trx('pass').insert({
    id: pass.id,
    reservation_id: pass.reservation,
    ordinal: pass.ordinal,
    version: pass.version,
    campus_id: pass.campus,
    gates: trx.raw('?::bit(64)', [gatesToBits(pass.gates)]),
    valid_from: pass.from,
    valid_until: pass.until,
    token_enc: cipher.seal(address(pass, 'token_enc'), Buffer.from(pass.token).toString('base64')),
    gate_code_enc: cipher.seal(address(pass, 'gate_code_enc'), pass.gateCode),
    issued_at: pass.issuedAt,
  });
}

/** Marks every pass of a reservation revoked. @returns the newest version of each that was still standing. */
export async function revokePasses(trx: Knex, reservation: string): Promise<Pass[]> {
  const standing = await passesOfReservation(trx, reservation);
  await trx('pass').where({ reservation_id: reservation }).whereNull('revoked_at').update({ revoked_at: trx.fn.now() });
  return standing.filter((pass) => !pass.revokedAt);
}

/** Each version of a pass is a row of its own, so its token cannot be put in place of another's. */
const address = (row: { id: string; version: number }, column: string) => ({
  table: 'pass',
  column,
  row: `${row.id}/${row.version}`,
});

function newestVersions(db: Knex) {
  return db('pass as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .whereNotExists(db('pass as newer').select(db.raw('1')).whereRaw('newer.id = p.id and newer.version > p.version'))
    .select<PassRow[]>('p.*');
}

interface PassRow {
  id: string;
  reservation_id: string;
  ordinal: number;
  version: number;
  campus_id: string;
  valid_from: Date;
  valid_until: Date;
  token_enc: Buffer;
  gate_code_enc: Buffer;
  issued_at: Date;
  revoked_at: Date | null;
}

function readPass(row: PassRow): Pass {
  return {
    id: row.id,
    reservation: row.reservation_id,
    ordinal: row.ordinal,
    version: row.version,
    campus: row.campus_id,
    from: row.valid_from,
    until: row.valid_until,
    issuedAt: row.issued_at,
    revokedAt: row.revoked_at,
  };
}
