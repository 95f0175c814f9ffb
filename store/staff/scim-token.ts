import type { Knex } from 'knex';
import { hashOfToken, markUsed, newToken, revokeToken } from '../keys/bearer-token.ts';

/** Tokens by which the university's directory keeps accounts up. */

export interface ScimToken {
  id: string;
  /** Which directory it is for; null: made before tokens had one. */
  label: string | null;
  /** Who made it; they may have left. */
  madeBy: { name: string; left: boolean };
  madeAt: Date;
  /** To a minute. */
  usedAt: Date | null;
}

/** @returns the token, shown once */
export async function makeScimToken(
  trx: Knex,
  { by, label }: { by: string; label: string },
): Promise<{ id: string; token: string }> {
  const token = newToken();
  const [row] = await trx('scim_token')
    .insert({ token_hash: hashOfToken(token), made_by: by, label })
    .returning('id');
  return { id: row.id, token };
}

/** Newest first. */
export async function openScimTokens(db: Knex): Promise<ScimToken[]> {
  const rows = await db('scim_token as k')
    .join('staff as s', 's.id', 'k.made_by')
    .whereNull('k.revoked_at')
    .orderBy('k.made_at', 'desc')
    .select('k.id', 'k.label', 'k.made_at', 'k.used_at', 's.name', 's.left_at');
  return rows.map((row) => ({
    id: row.id,
    label: row.label,
    madeBy: { name: row.name, left: row.left_at !== null },
    madeAt: row.made_at,
    usedAt: row.used_at,
  }));
}

/** Of every token, also a revoked one, by id; those without a label are left out. */
export async function scimTokenLabels(db: Knex): Promise<Map<string, string>> {
  const rows = await db('scim_token').whereNotNull('label').select('id', 'label');
  return new Map(rows.map(({ id, label }) => [id, label]));
}

/** @returns whether it was open; undefined where there never was such a token */
export const revokeScimToken = (trx: Knex, id: string): Promise<boolean | undefined> =>
  revokeToken(trx, 'scim_token', id);

/** @returns the id of an open token; remembers, once a minute, that it is used */
export async function findScimToken(db: Knex, token: string): Promise<string | undefined> {
  const row = await db('scim_token')
    .where({ token_hash: hashOfToken(token) })
    .whereNull('revoked_at')
    .first('id');
  if (!row) return undefined;
  await markUsed(db, 'scim_token', row.id);
  return row.id;
}
