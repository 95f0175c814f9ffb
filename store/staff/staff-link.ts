import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlindIndex } from '../../platform/crypto.ts';
import { forgetLinkMails } from './link-mail.ts';
import { type AskedUse, askedUses, type OfficeUse, officeUses, type StaffLinkUse } from './link-use.ts';

/**
 * Links by which a staff member sets a password: the first one, a new one after an admin has reset it, or one that they asked
 * for themselves. Good for one person, for a time, once. What is kept of it is a keyed hash. A mail with it carries a token
 * of its own: whichever comes first uses the link up.
 */

/** The person has the first for a week; a reset is asked for by somebody who waits for it. */
const hours: Record<OfficeUse, number> = { invitation: 7 * 24, reset: 24 };

/** A new link; an earlier one of the same person is worthless from now on. @returns the secret part of it: 256 bits */
export async function makeStaffLink(
  trx: Knex,
  index: BlindIndex,
  { staff, use }: { staff: string; use: OfficeUse },
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

/**
 * One that its person asked for, for a mail alone: nobody is shown a token. An earlier one is worthless from now on; what an
 * admin made stays as it is. The caller holds the person, as `lockServing` does.
 * @returns its id
 */
export async function makeAskedLink(
  trx: Knex,
  { staff, use, expiresAt }: { staff: string; use: AskedUse; expiresAt: Date },
): Promise<string> {
  await revokeStaffLinks(trx, staff, ['forgotten']);
  const [made] = await trx('staff_link')
    .insert({
      staff_id: staff,
      use,
      token_hash: randomBytes(32),
      expires_at: expiresAt,
      revoked_at: use === 'university' ? trx.fn.now() : null,
    })
    .returning('id');
  return made.id;
}

/** How many somebody has asked for since a time. */
export async function countAskedLinks(db: Knex, staff: string, since: Date): Promise<number> {
  const row = await db('staff_link')
    .where({ staff_id: staff })
    .whereIn('use', askedUses)
    .where('made_at', '>', since)
    .count({ n: '*' })
    .first();
  return Number(row?.n ?? 0);
}

/** Whom they were mailed to goes too. @param uses left out: all @returns whether one was open */
export async function revokeStaffLinks(trx: Knex, staff: string, uses?: StaffLinkUse[]): Promise<boolean> {
  await forgetLinkMails(trx, staff, uses);
  const revoked = await openLinks(trx)
    .where({ staff_id: staff })
    .modify((query) => {
      if (uses) query.whereIn('use', uses);
    })
    .update({ revoked_at: trx.fn.now() });
  return revoked > 0;
}

export interface StaffLink {
  id: string;
  use: StaffLinkUse;
  expiresAt: Date;
  staff: { id: string; username: string; name: string };
}

/** A link that is still good, by its hash or by its row; of a person, what an admin made. Used, revoked, over and unknown are the same. */
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
      else if ('id' in by) query.where({ 'l.id': by.id });
      else query.where({ 's.id': by.staff }).whereIn('l.use', officeUses);
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
