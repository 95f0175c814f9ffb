import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { BlindIndex, FieldCipher } from '../platform/crypto.ts';

/** A form that came without a session: what was typed, sealed, for whom it was drawn and for nobody else. */

type Sealing = { cipher: FieldCipher; index: BlindIndex };

/** Fields by name, as a form sends them. */
export type KeptBody = Record<string, string | string[]>;

const addressOf = (id: string) => ({ table: 'kept_form', column: 'body_enc', row: id });

/** @param owner the visitor whose form it was. @returns its id, for the session that goes on */
export async function keepForm(
  db: Knex,
  { cipher, index }: Sealing,
  { owner, path, body }: { owner: string; path: string; body: KeptBody },
): Promise<string> {
  const id = randomUUID();
  await db('kept_form').insert({
    id,
    path,
    owner_hash: index('form_owner', owner),
    body_enc: cipher.seal(addressOf(id), JSON.stringify(body)),
    expires_at: db.raw("now() + interval '1 hour'"),
  });
  return id;
}

/** Takes it out of the table. Undefined when its time is over or it is somebody else's: then it is gone all the same. */
export async function takeKeptForm(
  db: Knex,
  { cipher, index }: Sealing,
  { id, owner }: { id: string; owner: string },
): Promise<KeptBody | undefined> {
  const [row] = await db('kept_form').where({ id }).delete().returning('*');
  if (!row || row.expires_at < new Date() || !row.owner_hash.equals(index('form_owner', owner))) return undefined;
  return JSON.parse(cipher.open(addressOf(id), row.body_enc)) as KeptBody;
}

/** Whatever waits for this visitor. @returns how many */
export const forgetKeptForms = (trx: Knex, { index }: Pick<Sealing, 'index'>, owner: string): Promise<number> =>
  trx('kept_form')
    .where({ owner_hash: index('form_owner', owner) })
    .delete();
