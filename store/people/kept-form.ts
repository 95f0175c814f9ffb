import { randomUUID } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Knex } from 'knex';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';

/** A form that came without a session: what was typed, sealed, for the person whom it was drawn for and nobody else. */

type Sealing = { cipher: FieldCipher; index: BlindIndex };

/** Fields by name, as a form sends them. */
export type KeptBody = Record<string, string | string[]>;

/** Bytes of a sealed form; the column takes no more. A notice in two languages fits. */
const mostKept = 70_000;

const addressOf = (id: string) => ({ table: 'kept_form', column: 'body_enc', row: id });

/**
 * @param owner `index('form_owner', id)` of the visitor or staff member whose form it was
 * @returns its id, for the session that goes on; undefined for one that is too long
 */
export async function keepForm(
  db: Knex,
  { cipher }: Pick<Sealing, 'cipher'>,
  { owner, path, body }: { owner: Buffer; path: string; body: KeptBody },
): Promise<string | undefined> {
  const id = randomUUID();
  const sealed = cipher.sealBytes(addressOf(id), deflateRawSync(JSON.stringify(body)));
  if (sealed.length > mostKept) return undefined;
  await db('kept_form').insert({
    id,
    path,
    owner_hash: owner,
    body_enc: sealed,
    expires_at: db.raw("now() + interval '1 hour'"),
  });
  return id;
}

/** Takes it out of the table. Undefined when its time is over; also when it is somebody else's, for whom it stays. */
export async function takeKeptForm(
  db: Knex,
  { cipher, index }: Sealing,
  { id, owner }: { id: string; owner: string },
): Promise<KeptBody | undefined> {
  const owned = db('kept_form').where({ id }).whereIn('owner_hash', index.every('form_owner', owner));
  const [row] = await owned.delete().returning('*');
  if (!row || row.expires_at < new Date()) return undefined;
  return JSON.parse(inflateRawSync(cipher.openBytes(addressOf(id), row.body_enc)).toString()) as KeptBody;
}

/** Nobody is led back to it any more. */
export const dropKeptForm = async (db: Knex, id: string): Promise<void> => {
  await db('kept_form').where({ id }).delete();
};

/** Deletes the forms that wait for this visitor. @returns how many */
export const forgetKeptForms = (trx: Knex, { index }: Pick<Sealing, 'index'>, owner: string): Promise<number> =>
  trx('kept_form').whereIn('owner_hash', index.every('form_owner', owner)).delete();
