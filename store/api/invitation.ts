import type { Knex } from 'knex';
import { type Channel, draftStages } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { hashOfToken } from '../keys/bearer-token.ts';
import { readPhone } from '../people/visitor.ts';

/** Invitations to a visit: a link, good once, that opens the form with host, department and window. */

export interface NewInvitation {
  id: string;
  /** The key that invites. */
  key: string;
  department: string;
  /** A person of the department, by name; null: the department itself. */
  host: string | null;
  purpose: string | null;
  /** The last four digits of the phone that it is for; null: whoever has the link. */
  phoneTail: string | null;
  from: Date;
  until: Date;
  expiresAt: Date;
}

/** @param token of the link: 43 characters for 256 bits, kept as SHA-256 */
export async function writeInvitation(trx: Knex, cipher: FieldCipher, token: string, of: NewInvitation): Promise<void> {
  const { seal } = rowCipher(cipher, 'visit_invitation', of.id);
  await trx('visit_invitation').insert({
    id: of.id,
    api_key_id: of.key,
    token_hash: hashOfToken(token),
    department_id: of.department,
    host_enc: seal('host_enc', of.host),
    purpose_enc: seal('purpose_enc', of.purpose),
    phone_tail_enc: seal('phone_tail_enc', of.phoneTail),
    visit_from: of.from,
    visit_until: of.until,
    expires_at: of.expiresAt,
  });
}

export type InvitationState = 'open' | 'used' | 'revoked' | 'over';

export interface ReadInvitation {
  id: string;
  state: InvitationState;
  department: string;
  from: Date;
  until: Date;
  expiresAt: Date;
  madeAt: Date;
  /** The visit that was asked for by it. */
  visit: string | null;
}

/** @param departments left out: all */
export async function findInvitation(
  db: Knex,
  id: string,
  { departments }: { departments?: readonly string[] },
): Promise<ReadInvitation | undefined> {
  const row = await db('visit_invitation as i')
    .leftJoin('reservation as r', (on) => on.on('r.id', 'i.reservation_id').andOnNotNull('r.submission_id'))
    .where('i.id', id)
    .modify((query) => {
      if (departments) query.whereIn('i.department_id', [...departments]);
    })
    .first('i.*', 'r.id as visit', db.raw('i.expires_at <= now() as over'));
  if (!row) return undefined;
  return {
    id,
    state: row.visit ? 'used' : row.revoked_at ? 'revoked' : row.over ? 'over' : 'open',
    department: row.department_id,
    from: row.visit_from,
    until: row.visit_until,
    expiresAt: row.expires_at,
    madeAt: row.made_at,
    visit: row.visit,
  };
}

/** One that was used stays used. @returns whether it was open */
export async function revokeInvitation(trx: Knex, id: string): Promise<boolean> {
  const revoked = await trx('visit_invitation')
    .where({ id })
    .whereNull('revoked_at')
    .whereNull('reservation_id')
    .update({ revoked_at: trx.fn.now() });
  return revoked > 0;
}

/** All of a key that were not used, where somebody else may have its links. @returns how many */
export const revokeInvitationsOf = (trx: Knex, key: string): Promise<number> =>
  trx('visit_invitation')
    .where({ api_key_id: key, revoked_at: null, reservation_id: null })
    .where('expires_at', '>', trx.fn.now())
    .update({ revoked_at: trx.fn.now() });

/** What the form takes from an invitation. */
export interface Invited {
  id: string;
  channel: Channel;
  campus: string;
  department: string;
  host: string | null;
  purpose: string | null;
  from: Date;
  until: Date;
}

/** The row of a link that is still good. Used, revoked, over and never made are the same. */
export async function findByLink(db: Knex, token: string): Promise<string | undefined> {
  const row = await stillGood(db).where('i.token_hash', hashOfToken(token)).first('i.id');
  return row?.id;
}

/** Whether it is for another number than the one that this account has proved. */
export async function isForAnother(
  db: Knex,
  cipher: FieldCipher,
  { id, visitor }: { id: string; visitor: string },
): Promise<boolean> {
  const row = await db('visit_invitation').where({ id }).first('phone_tail_enc');
  if (!row?.phone_tail_enc) return false;
  const tail = rowCipher(cipher, 'visit_invitation', id).open('phone_tail_enc', row.phone_tail_enc) ?? '';
  return !(await readPhone(db, cipher, visitor))?.endsWith(tail);
}

/** @param visitor whose draft may have taken it already, where admission refused the form */
export async function findInvited(
  db: Knex,
  cipher: FieldCipher,
  { id, visitor }: { id: string; visitor: string },
): Promise<Invited | undefined> {
  const row = await stillGood(db, visitor)
    .join('department as d', 'd.id', 'i.department_id')
    .where('i.id', id)
    .first('i.*', 'd.campus_id');
  if (!row || (await isForAnother(db, cipher, { id, visitor }))) return undefined;
  const { open } = rowCipher(cipher, 'visit_invitation', id);
  return {
    id,
    channel: row.host_enc ? 'personal' : 'official',
    campus: row.campus_id,
    department: row.department_id,
    host: open('host_enc', row.host_enc),
    purpose: open('purpose_enc', row.purpose_enc),
    from: row.visit_from,
    until: row.visit_until,
  };
}

/** Once: for this reservation and no other. @returns whether it was still good */
export async function useInvitation(
  trx: Knex,
  cipher: FieldCipher,
  { id, reservation, visitor }: { id: string; reservation: string; visitor: string },
): Promise<boolean> {
  const good = await stillGood(trx, visitor).where('i.id', id).forUpdate('i').first('i.id');
  if (!good || (await isForAnother(trx, cipher, { id, visitor }))) return false;
  // A draft that was refused with another invitation answers this one now; the other is good again.
  await trx('visit_invitation')
    .where({ reservation_id: reservation })
    .whereNot({ id })
    .update({ reservation_id: null });
  await trx('visit_invitation').where({ id }).update({ reservation_id: reservation });
  return true;
}

/** Not taken by a visit: at most by a form that was refused, of this visitor, or of anybody whose draft has lapsed since. */
function stillGood(db: Knex, visitor: string | null = null) {
  const refused = db('reservation as r')
    .whereRaw('r.id = i.reservation_id')
    .whereNull('r.submission_id')
    .where((row) =>
      row
        .where('r.stage', 'closed')
        .orWhere((draft) => draft.where('r.visitor_id', visitor).whereIn('r.stage', draftStages)),
    );
  return db('visit_invitation as i')
    .whereNull('i.revoked_at')
    .where('i.expires_at', '>', db.fn.now())
    .where((row) => row.whereNull('i.reservation_id').orWhereExists(refused));
}
