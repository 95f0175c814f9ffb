import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlindIndex } from '../../platform/crypto.ts';
import { forgetLinkMails } from './link-mail.ts';

/**
 * Links by which a staff member sets a password: the first one, or a new one after an admin has reset it. Good for one
 * person, for a time, once. What is kept of it is a keyed hash. A mail with it carries a token of its own: whichever comes
 * first uses the link up.
 */

export type StaffLinkUse = 'invitation' | 'reset';

/** The person has the first for a week; a reset is asked for by somebody who waits for it. */
const hours: Record<StaffLinkUse, number> = { invitation: 7 * 24, reset: 24 };

/** A new link; an earlier one of the same person is worthless from now on. @returns the secret part of it: 256 bits */
export async function makeStaffLink(
  trx: Knex,
  index: BlindIndex,
  { staff, use }: { staff: string; use: StaffLinkUse },
): Promise<string> {
  await trx('staff').where({ id: staff }).forUpdate().first('id');
  await revokeStaffLinks(trx, staff);
  const token = randomBytes(32).toString('base64url');
  await trx('staff_link').insert({
    staff_id: staff,
    use,
    token_hash: index('staff_link', token),
    expires_at: trx.raw(`now() + ? * interval '1 hour'`, [hours[use]]),
  });
  return token;
}

/** Whom they were mailed to goes too. @returns whether one was open */
export async function revokeStaffLinks(trx: Knex, staff: string): Promise<boolean> {
  await forgetLinkMails(trx, staff);
  const revoked = await openLinks(trx).where({ staff_id: staff }).update({ revoked_at: trx.fn.now() });
  return revoked > 0;
}

export interface StaffLink {
  id: string;
  use: StaffLinkUse;
  expiresAt: Date;
  staff: { id: string; username: string; name: string };
}

/** A link that is still good, by its hash or by its row. Used, revoked, over and unknown are the same. */
export async function findStaffLink(
  db: Knex,
  by: { tokenHashes: Buffer[] } | { letterHash: Buffer } | { id: string } | { staff: string },
): Promise<StaffLink | undefined> {
  const row = await openLinks(db, 'l')
    .join('staff as s', 's.id', 'l.staff_id')
    .whereNull('s.left_at')
    .where('l.expires_at', '>', db.fn.now())
    .modify((query) => {
      if ('tokenHashes' in by) query.whereIn('l.token_hash', by.tokenHashes);
      else if ('letterHash' in by)
        query.whereIn('l.id', db('staff_link_letter').where({ token_hash: by.letterHash }).select('link_id'));
      else query.where('id' in by ? { 'l.id': by.id } : { 's.id': by.staff });
    })
    .first('l.id', 'l.use', 'l.expires_at', 's.id as staff', 's.username', 's.name');
  return (
    row && {
      id: row.id,
      use: row.use,
      expiresAt: row.expires_at,
      staff: { id: row.staff, username: row.username, name: row.name },
    }
  );
}

/** Uses it up. @returns false where another request was faster, or it was revoked meanwhile */
export async function takeStaffLink(trx: Knex, id: string): Promise<boolean> {
  const taken = await openLinks(trx)
    .where({ id })
    .where('expires_at', '>', trx.fn.now())
    .update({ used_at: trx.fn.now() });
  return taken > 0;
}

const openLinks = (db: Knex, name = 'staff_link') =>
  db(name === 'staff_link' ? name : `staff_link as ${name}`)
    .whereNull(`${name}.used_at`)
    .whereNull(`${name}.revoked_at`);
