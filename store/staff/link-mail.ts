import type { Knex } from 'knex';
import { maskAddress } from '../../domain/mail-address.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { adoptAddress } from '../messages/staff-contact.ts';
import { officeUses, type StaffLinkUse } from './link-use.ts';

/** A link to sign in that goes to its person by mail, as an office asks for it, looks at it, and as it ends. */

const place = (link: string) => ({ table: 'staff_link_mail', column: 'address_enc', row: link });

/** The person's open link of an admin goes to this address. In the transaction that made it. */
export async function mailStaffLink(
  trx: Knex,
  cipher: FieldCipher,
  { staff, address }: { staff: string; address: string },
): Promise<void> {
  const open = { staff_id: staff, used_at: null, revoked_at: null };
  const link = await trx('staff_link').where(open).whereIn('use', officeUses).first('id');
  if (!link) throw new Error('No link to send');
  await mailLink(trx, cipher, { link: link.id, address });
}

export async function mailLink(
  trx: Knex,
  cipher: FieldCipher,
  { link, address }: { link: string; address: string },
): Promise<void> {
  await trx('staff_link_mail').insert({ link_id: link, address_enc: cipher.seal(place(link), address) });
}

export interface LinkMail {
  /** Enough to know it again. */
  address: string;
  /** `unknown`: the server's answer was lost, it may have taken the mail. */
  status: 'pending' | 'sent' | 'unknown' | 'failed';
  madeAt: Date;
  /** Of the last try: why it was not taken, or that it came back. */
  fault: string | null;
  at: Date | null;
}

/** Of the link that an admin made last; nothing where it was not mailed, or is used or replaced. */
export async function linkMailOf(db: Knex, cipher: FieldCipher, staff: string): Promise<LinkMail | undefined> {
  const row = await lastOf(db, staff)
    .joinRaw(
      `left join lateral (select fault, receipt, coalesce(receipt_at, finished_at) as at from staff_link_letter b
        where b.link_id = m.link_id order by b.started_at desc, b.id desc limit 1) b on true`,
    )
    .first('m.link_id', 'm.address_enc', 'm.status', 'm.made_at', 'b.fault', 'b.receipt', 'b.at');
  return (
    row && {
      address: maskAddress(cipher.open(place(row.link_id), row.address_enc)),
      status: row.status,
      madeAt: row.made_at,
      fault: row.receipt ? 'bounced' : row.fault,
      at: row.at,
    }
  );
}

/** In clear, for a link that goes there once more. */
export async function lastLinkAddress(db: Knex, cipher: FieldCipher, staff: string): Promise<string | undefined> {
  const row = await lastOf(db, staff).first('m.link_id', 'm.address_enc');
  return row && cipher.open(place(row.link_id), row.address_enc);
}

const lastOf = (db: Knex, staff: string) =>
  db('staff_link_mail as m')
    .join('staff_link as l', 'l.id', 'm.link_id')
    .where({ 'l.staff_id': staff })
    .whereIn('l.use', officeUses);

/** A person who came by the mail has shown that the address is theirs: from now on they are told of tasks there. */
export async function keepProvedAddress(
  trx: Knex,
  cipher: FieldCipher,
  { staff, link }: { staff: string; link: string },
): Promise<void> {
  const row = await trx('staff_link_mail').where({ link_id: link }).first('address_enc');
  if (row) await adoptAddress(trx, cipher, staff, cipher.open(place(link), row.address_enc));
}

/** Addresses and letters of somebody's links: used and replaced ones need neither. @param uses left out: all */
export async function forgetLinkMails(trx: Knex, staff: string, uses?: readonly StaffLinkUse[]): Promise<void> {
  const links = trx('staff_link').where({ staff_id: staff }).select('id');
  if (uses) links.whereIn('use', uses);
  await trx('staff_link_mail').whereIn('link_id', links).delete();
}

/** SQL: the mail with the link that an admin made for a staff member `s` did not arrive. */
export const linkMailFailed = `exists (select from staff_link_mail m join staff_link l on l.id = m.link_id
  where l.staff_id = s.id and m.status = 'failed' and l.use in ('invitation', 'reset'))`;
