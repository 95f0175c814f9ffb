import type { Knex } from 'knex';
import { gatesToBits } from '../../domain/gates-bitmap.ts';
import { decodeClaims } from '../../domain/pass-claims.ts';
import type { DocumentProof } from '../../domain/sealed-pass.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { isAhead } from '../reservations/behind.ts';

/** Passes. A pass is (reservation, ordinal); its id stays the same across versions, its token does not. */

export interface Pass {
  id: string;
  reservation: string;
  ordinal: number;
  version: number;
  /** The transition of the reservation that made it; passes of long ago have none. */
  seq: number | null;
  campus: string;
  from: Date;
  until: Date;
  issuedAt: Date;
  revokedAt: Date | null;
  /** The phone whose key this version is good with; null: the server renews it. */
  binding: string | null;
  /** There is one for paper too; passes of long ago have none. */
  onPaper: boolean;
  /** When this version was first printed or saved as a picture: somebody may hold it, and a newer version ends it. */
  printedAt: Date | null;
}

/** 我的凭证: passes in this visitor's hands that still open something, now or later, the next one first. */
export async function passesOf(db: Knex, visitor: string): Promise<Pass[]> {
  const rows = await heldBy(db, visitor)
    .whereRaw(`${takenBackAt} is null`)
    .where('p.valid_until', '>', db.fn.now())
    .orderBy(['p.valid_from', 'p.reservation_id', 'p.ordinal']);
  return rows.map(readPass);
}

/** A pass as its holder may see it, also when it is over; undefined when it is somebody else's. */
export async function findPassOf(db: Knex, visitor: string, id: string): Promise<Pass | undefined> {
  const row = await heldBy(db, visitor).where('p.id', id).first();
  return row && readPass(row);
}

/**
 * Whose pass it is: the account of the person it was made for; where that person has none, the lead, who shows it for
 * them or prints it. A lead never holds the pass of somebody with an account. SQL over `pass p` and its `reservation r`.
 */
export const holder = `coalesce(
  (select v.visitor_id from reservation_person v where v.reservation_id = p.reservation_id
    and v.ordinal = p.ordinal and v.visitor_id is not null limit 1),
  r.visitor_id)`;

/**
 * SQL over `pass p` and its `reservation r`: worthless to people from the answer on that takes it back, though the row
 * learns of that a moment later.
 */
const takenBackAt = `coalesce(p.revoked_at, (select min(q.answered_at) from request q where ${isAhead}
  and (q.answer->>'stage' = 'closed' or (q.payload->>'ordinal')::int = p.ordinal and q.kind in ('remove_person', 'revoke'))))`;

/** As people see them; the last column of a name counts. */
const seenVersions = (db: Knex) => newestVersions(db).select(db.raw(`${takenBackAt} as revoked_at`));

function heldBy(db: Knex, visitor: string) {
  return seenVersions(db)
    .whereIn(
      'p.reservation_id',
      db('reservation_person')
        .where({ visitor_id: visitor })
        .select('reservation_id')
        .union(db('reservation').where({ visitor_id: visitor }).select('id')),
    )
    .whereRaw(`${holder} = ?`, [visitor]);
}

/** The visitor who is told what becomes of a pass. */
export async function holderOf(db: Knex, id: string): Promise<string | undefined> {
  const row = await newestVersions(db)
    .where('p.id', id)
    .first<{ holder: string } | undefined>(db.raw(`${holder} as holder`));
  return row?.holder;
}

/** For the page that a 访客验证码 opens (store/passes/visit-code.ts): check the code before anything of the pass is shown. */
export async function findPass(db: Knex, id: string): Promise<Pass | undefined> {
  const row = await seenVersions(db).where('p.id', id).first();
  return row && readPass(row);
}

/** Another gate code for a version: the former one opens nothing any more where a gate has been told. */
export async function replaceGateCode(
  trx: Knex,
  cipher: FieldCipher,
  pass: { id: string; version: number },
  code: string,
): Promise<void> {
  const sealed = cipher.seal(address(pass, 'gate_code_enc'), code);
  await trx('pass').where({ id: pass.id, version: pass.version }).update({ gate_code_enc: sealed });
}

/** The newest version of every pass of a reservation, by ordinal. */
export async function passesOfReservation(db: Knex, reservation: string): Promise<Pass[]> {
  const rows = await newestVersions(db).where('p.reservation_id', reservation).orderBy('p.ordinal');
  return rows.map(readPass);
}

/** What the newest version is shown with: the signed tokens' bytes and the gate code (入校码); undefined once its time is over. */
export async function readCredentials(
  db: Knex,
  cipher: FieldCipher,
  id: string,
): Promise<{ token: Buffer; paper?: Buffer; gateCode: string; proof?: DocumentProof } | undefined> {
  const row = await newestVersions(db).where('p.id', id).first();
  if (!row?.token_enc || !row.gate_code_enc) return undefined;
  const open = (column: 'token_enc' | 'gate_code_enc' | 'static_token_enc' | 'document_proof_enc', data: Buffer) =>
    cipher.open(address(row, column), data);
  return {
    token: Buffer.from(open('token_enc', row.token_enc), 'base64'),
    ...(row.static_token_enc && { paper: Buffer.from(open('static_token_enc', row.static_token_enc), 'base64') }),
    gateCode: open('gate_code_enc', row.gate_code_enc),
    ...(row.document_proof_enc && {
      proof: JSON.parse(open('document_proof_enc', row.document_proof_enc)) as DocumentProof,
    }),
  };
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
  /** The transition that made it: once each. */
  seq?: number;
  /** Payload and signature; with the phone's key in it where it is bound. */
  token: Uint8Array;
  /** The phone it is bound to: a row of phone_binding. */
  binding?: string;
  /** The same version for paper. */
  paper?: Uint8Array;
  gateCode: string;
  /** What gates compare a document with. */
  proof?: DocumentProof;
}

export async function insertPass(trx: Knex, cipher: FieldCipher, pass: NewPass): Promise<void> {
  const seal = (column: string, bytes: Uint8Array) =>
    cipher.seal(address(pass, column), Buffer.from(bytes).toString('base64'));
  const proof = pass.proof && JSON.stringify(pass.proof);
  await trx('pass').insert({
    id: pass.id,
    reservation_id: pass.reservation,
    ordinal: pass.ordinal,
    version: pass.version,
    campus_id: pass.campus,
    gates: trx.raw('?::bit(64)', [gatesToBits(pass.gates)]),
    valid_from: pass.from,
    valid_until: pass.until,
    seq: pass.seq ?? null,
    form: pass.binding ? 'bound' : 'renewed',
    binding_id: pass.binding ?? null,
    token_enc: seal('token_enc', pass.token),
    static_token_enc: pass.paper ? seal('static_token_enc', pass.paper) : null,
    gate_code_enc: cipher.seal(address(pass, 'gate_code_enc'), pass.gateCode),
    document_proof_enc: proof ? cipher.seal(address(pass, 'document_proof_enc'), proof) : null,
    key_id: decodeClaims(pass.token)?.keyId ?? null,
    issued_at: pass.issuedAt,
  });
}

/**
 * Marks passes of a reservation revoked: all of them, or of certain people.
 * @param only.seq what a later transition made stays
 * @returns the newest version of each that was still valid
 */
export async function revokePasses(
  trx: Knex,
  reservation: string,
  only: { ordinals?: number[]; seq?: number } = {},
): Promise<Pass[]> {
  const { ordinals, seq = Number.MAX_SAFE_INTEGER } = only;
  const valid = (await passesOfReservation(trx, reservation)).filter(
    (pass) => !pass.revokedAt && (pass.seq ?? 0) <= seq && (ordinals?.includes(pass.ordinal) ?? true),
  );
  await trx('pass')
    .where({ reservation_id: reservation })
    .whereIn(
      'ordinal',
      valid.map(({ ordinal }) => ordinal),
    )
    .whereNull('revoked_at')
    .update({ revoked_at: trx.fn.now() });
  return valid;
}

/** Each version of a pass is a row of its own, so its token cannot be put in place of another's. */
const address = (row: { id: string; version: number }, column: string) => ({
  table: 'pass',
  column,
  row: `${row.id}/${row.version}`,
});

export function newestVersions(db: Knex) {
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
  token_enc: Buffer | null;
  static_token_enc: Buffer | null;
  gate_code_enc: Buffer | null;
  document_proof_enc: Buffer | null;
  seq: number | null;
  binding_id: string | null;
  printed_at: Date | null;
  issued_at: Date;
  revoked_at: Date | null;
}

export function readPass(row: PassRow): Pass {
  return {
    id: row.id,
    reservation: row.reservation_id,
    ordinal: row.ordinal,
    version: row.version,
    seq: row.seq,
    campus: row.campus_id,
    from: row.valid_from,
    until: row.valid_until,
    issuedAt: row.issued_at,
    revokedAt: row.revoked_at,
    binding: row.binding_id,
    onPaper: row.static_token_enc !== null,
    printedAt: row.printed_at,
  };
}
