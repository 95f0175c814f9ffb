import type { Knex } from 'knex';
import { decodeClaims } from '../../domain/pass-claims.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { newestVersions, type Pass, readCredentials, readPass } from './pass.ts';

/** Passes that still open something, now or later, looked through in small steps. */

const live = (db: Knex) =>
  newestVersions(db).whereNull('p.revoked_at').whereNotNull('p.token_enc').where('p.valid_until', '>', db.fn.now());

export async function countLivePasses(db: Knex): Promise<number> {
  const row = await db.from(live(db).as('l')).count<{ count: string | number }[]>('* as count').first();
  return Number(row?.count ?? 0);
}

/** In the order of their ids, after one. */
export async function livePasses(db: Knex, after: string | undefined, limit: number): Promise<Pass[]> {
  const query = live(db).orderBy('p.id').limit(limit);
  if (after) query.where('p.id', '>', after);
  return (await query).map(readPass);
}

/** The id of the key that signed the newest version; undefined once its time is over. */
export async function keyOfPass(db: Knex, cipher: FieldCipher, id: string): Promise<number | undefined> {
  const credentials = await readCredentials(db, cipher, id);
  return credentials && decodeClaims(credentials.token)?.keyId;
}
