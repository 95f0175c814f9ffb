import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlindIndex } from '../../platform/crypto.ts';
import { nothingDeclared } from './companion-erasure.ts';

/** Invitations to join a lead's party: a link good for one person, for a week, once. What is kept of it is a keyed hash. */

const invitationDays = 7;

/** A new link; earlier ones of the same companion are worthless from now on. @returns the secret part of the link */
export async function invite(trx: Knex, index: BlindIndex, companion: string): Promise<string> {
  await revokeInvitations(trx, companion);
  const token = randomBytes(24).toString('base64url');
  await trx('companion_invitation').insert({
    companion_id: companion,
    token_hash: index('join_token', token),
    expires_at: trx.raw(`now() + ? * interval '1 day'`, [invitationDays]),
  });
  return token;
}

/** @returns whether one was open */
export async function revokeInvitations(trx: Knex, companion: string): Promise<boolean> {
  const revoked = await trx('companion_invitation')
    .where({ companion_id: companion, used_at: null, revoked_at: null })
    .update({ revoked_at: trx.fn.now() });
  return revoked > 0;
}

/** An invitation that is still good, by its link or by its row. Used, revoked, over and unknown are the same. */
export async function findInvitation(
  db: Knex,
  by: { tokenHashes: Buffer[] } | { id: string },
  lock = false,
): Promise<{ id: string; companion: string; lead: string; phoneHash: Buffer | null } | undefined> {
  const row = await db('companion_invitation as i')
    .join('companion as c', 'c.id', 'i.companion_id')
    .join('visitor as v', 'v.id', 'c.visitor_id')
    .where({ 'i.used_at': null, 'i.revoked_at': null, 'c.removed_at': null, 'c.member_id': null })
    .whereNull('v.superseded_at')
    .where('i.expires_at', '>', db.fn.now())
    .modify((query) => {
      if ('id' in by) query.where({ 'i.id': by.id });
      else query.whereIn('i.token_hash', by.tokenHashes);
      if (lock) query.forUpdate('i', 'c');
    })
    .first('i.id', 'c.id as companion', 'c.visitor_id', 'c.phone_hash');
  return row && { id: row.id, companion: row.companion, lead: row.visitor_id, phoneHash: row.phone_hash };
}

/**
 * Somebody joins by an account of their own. What the lead typed besides name and phone goes: from now on only their own
 * details count.
 */
export async function join(
  trx: Knex,
  { id, companion }: { id: string; companion: string },
  member: string,
): Promise<void> {
  await trx('companion_invitation').where({ id }).update({ used_at: trx.fn.now() });
  await trx('companion')
    .where({ id: companion })
    .update({
      member_id: member,
      joined_at: trx.fn.now(),
      version: trx.raw('version + 1'),
      ...nothingDeclared,
      consent_id: null,
    });
}
