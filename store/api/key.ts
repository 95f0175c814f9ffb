import type { Knex } from 'knex';
import type { ApiScope } from '../../domain/api-scope.ts';
import { hashOfToken, markUsed, newToken, revokeToken } from '../keys/bearer-token.ts';

/** Keys by which a university's other systems ask for something. */

export interface ApiKey {
  id: string;
  /** Which system it is for. */
  label: string;
  scopes: ApiScope[];
  /** It sees this department and those below it; null: the whole university. */
  department: string | null;
  expiresAt: Date;
}

export interface ListedKey extends ApiKey {
  /** Who made it; they may have left. */
  madeBy: { name: string; left: boolean };
  madeAt: Date;
  /** To a minute. */
  usedAt: Date | null;
  expired: boolean;
}

/** So that a search for lost secrets knows one. */
const prefix = 'xm_';

/** @returns the key, shown once */
export async function makeApiKey(
  trx: Knex,
  of: { label: string; scopes: ApiScope[]; department: string | null; days: number; by: string },
): Promise<{ id: string; key: string }> {
  const key = newToken(prefix);
  const [row] = await trx('api_key')
    .insert({
      key_hash: hashOfToken(key),
      label: of.label,
      scopes: of.scopes,
      department_id: of.department,
      expires_at: trx.raw(`now() + ? * interval '1 day'`, [of.days]),
      made_by: of.by,
    })
    .returning('id');
  return { id: row.id, key };
}

/** Those that are not revoked, newest first; also the expired ones, so that somebody sees why a system is refused. */
export async function listApiKeys(db: Knex): Promise<ListedKey[]> {
  const rows = await db('api_key as k')
    .join('staff as s', 's.id', 'k.made_by')
    .whereNull('k.revoked_at')
    .orderBy('k.made_at', 'desc')
    .select('k.*', 's.name as maker', 's.left_at', db.raw('k.expires_at <= now() as expired'));
  return rows.map((row) => ({
    ...readKey(row),
    madeBy: { name: row.maker, left: row.left_at !== null },
    madeAt: row.made_at,
    usedAt: row.used_at,
    expired: row.expired,
  }));
}

/** Of every key, also a revoked one, by id. */
export async function apiKeyLabels(db: Knex): Promise<Map<string, string>> {
  const rows = await db('api_key').select('id', 'label');
  return new Map(rows.map(({ id, label }) => [id, label]));
}

/** @returns whether it was open; undefined where there never was such a key */
export const revokeApiKey = (trx: Knex, id: string): Promise<boolean | undefined> => revokeToken(trx, 'api_key', id);

/** @returns the key, where it is neither revoked nor over; remembers, once a minute, that it is used */
export async function findApiKey(db: Knex, key: string): Promise<ApiKey | undefined> {
  const row = await db('api_key')
    .where({ key_hash: hashOfToken(key) })
    .whereNull('revoked_at')
    .andWhere('expires_at', '>', db.fn.now())
    .first('*');
  if (!row) return undefined;
  await markUsed(db, 'api_key', row.id);
  return readKey(row);
}

interface Row {
  id: string;
  label: string;
  scopes: ApiScope[];
  department_id: string | null;
  expires_at: Date;
}

const readKey = (row: Row): ApiKey => ({
  id: row.id,
  label: row.label,
  scopes: row.scopes,
  department: row.department_id,
  expiresAt: row.expires_at,
});
