import { createHmac, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';

/** The keys by which logs name networks, one a month. Whoever holds the log and not the key learns no address from it. */

/** By month, 'YYYY-MM' in UTC. */
export type LogKeys = ReadonlyMap<string, Buffer>;

export const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/** Every key that is still kept; those of this month and the next one are made where they are missing. */
export async function currentLogKeys(db: Knex, cipher: FieldCipher, now = new Date()): Promise<LogKeys> {
  const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
  const kept = await keptLogKeys(db, cipher);
  const missing = [monthOf(now), monthOf(next)].filter((month) => !kept.has(month));
  if (missing.length === 0) return kept;
  for (const month of missing) await makeLogKey(db, cipher, month);
  // Another process may have been first: its key is the month's.
  return keptLogKeys(db, cipher);
}

export async function keptLogKeys(db: Knex, cipher: FieldCipher): Promise<LogKeys> {
  const rows = await db('log_key')
    .orderBy('month')
    .select('id', db.raw(`to_char(month, 'YYYY-MM') as month`), 'key_enc');
  return new Map(
    rows.map((row: { id: string; month: string; key_enc: Buffer }) => {
      const key = rowCipher(cipher, 'log_key', row.id).open('key_enc', row.key_enc) ?? '';
      return [row.month, Buffer.from(key, 'base64')];
    }),
  );
}

async function makeLogKey(db: Knex, cipher: FieldCipher, month: string): Promise<void> {
  const { rows } = await db.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const key_enc = rowCipher(cipher, 'log_key', id).seal('key_enc', randomBytes(32).toString('base64'));
  await db('log_key')
    .insert({ id, month: `${month}-01`, key_enc })
    .onConflict('month')
    .ignore();
}

/** Sixteen characters for a network; another sixteen next month. */
export const networkMark = (key: Buffer, network: string): string =>
  createHmac('sha256', key).update(network).digest('base64url').slice(0, 16);

/** Forgets keys of months whose last line is older than so many days. @returns how many */
export function forgetLogKeys(trx: Knex, days: number): Promise<number> {
  return trx('log_key')
    .whereRaw(`(month + interval '1 month') at time zone 'UTC' < now() - ? * interval '1 day'`, [days])
    .delete();
}
