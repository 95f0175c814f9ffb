import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';

/** What is kept of an invitation beside the visit that came by it: for who decides, for the visitor, and until it goes. */

/** The invitation that a visit came by, as whoever decides about it reads it. */
export interface InvitationBehind {
  /** What the key of the system that invited is called. */
  system: string;
  /** Null: the department itself; also once the visit's data are deleted. */
  host: string | null;
  /** What was invited to: the visitor may have asked for another time. */
  from: Date;
  until: Date;
  /** It was for the number of whoever asked, and for no other. */
  forNumber: boolean;
}

/** Undefined where nobody invited, or not to this department: a visit that was sent back may have been asked for elsewhere. */
export async function invitationBehind(
  db: Knex,
  cipher: FieldCipher,
  { reservation, department }: { reservation: string; department: string | null },
): Promise<InvitationBehind | undefined> {
  const row = await db('visit_invitation as i')
    .join('api_key as k', 'k.id', 'i.api_key_id')
    .where({ 'i.reservation_id': reservation, 'i.department_id': department })
    .first('i.*', 'k.label');
  if (!row) return undefined;
  const host = rowCipher(cipher, 'visit_invitation', row.id).open('host_enc', row.host_enc);
  return {
    system: row.label,
    host,
    from: row.visit_from,
    until: row.visit_until,
    forNumber: row.phone_tail_enc !== null,
  };
}

/** What an invitation says of people, in the copy of one's own data. */
export async function invitationsOf(db: Knex, cipher: FieldCipher, visitor: string) {
  const rows = await db('visit_invitation as i')
    .join('reservation as r', 'r.id', 'i.reservation_id')
    .where('r.visitor_id', visitor)
    .orderBy('i.made_at')
    .select('i.*');
  return rows.map((row) => {
    const { open } = rowCipher(cipher, 'visit_invitation', row.id);
    return {
      visit: row.reservation_id,
      madeAt: row.made_at,
      from: row.visit_from,
      until: row.visit_until,
      host: open('host_enc', row.host_enc),
      purpose: open('purpose_enc', row.purpose_enc),
    };
  });
}

/** What invitations to closed visits say of people. @param lead only of visits that this account led */
export async function emptyInvitations(trx: Knex, reservations: string[], lead: string | null): Promise<void> {
  const closed = trx('reservation as r')
    .whereIn('r.id', reservations)
    .where('r.stage', 'closed')
    .modify((query) => {
      if (lead !== null) query.where('r.visitor_id', lead);
    })
    .select('r.id');
  await trx('visit_invitation')
    .whereIn('reservation_id', closed)
    .update({ host_enc: null, purpose_enc: null, phone_tail_enc: null });
}
