import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { foldName } from '../../domain/text.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';

/** The hosts who receive visitors in a department. Nobody outside can list them: a whole name finds its row, silently. */

/** What of a name is hashed. */
export const hostKey = foldName;

/** @returns the row's id */
export async function addHost(
  db: Knex,
  { cipher, index }: { cipher: FieldCipher; index: BlindIndex },
  { department, name }: { department: string; name: string },
): Promise<string> {
  const id = randomUUID();
  await db('host').insert({
    id,
    department_id: department,
    name_enc: cipher.seal({ table: 'host', column: 'name_enc', row: id }, name),
    name_hash: index('host', hostKey(name)),
  });
  return id;
}

/**
 * The one host of exactly this name in the department; null when there is none or more than one. The caller must
 * answer the visitor the same in either case, so that nobody can search the directory by guessing.
 */
export async function findHost(
  db: Knex,
  index: BlindIndex,
  { department, name }: { department: string; name: string },
): Promise<string | null> {
  const found = await db('host')
    .where({ department_id: department })
    .whereIn('name_hash', index.every('host', hostKey(name)))
    .whereNull('left_at')
    .limit(2)
    .pluck<string[]>('id');
  return found.length === 1 ? (found[0] ?? null) : null;
}
