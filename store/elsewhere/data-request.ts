import type { Knex } from 'knex';
import { rowCipher } from '../../platform/row-cipher.ts';
import { lockHash } from '../people/hash-lock.ts';
import { identityByPhone } from './identity.ts';
import type { Means } from './places.ts';
import { removeElsewhere } from './removal.ts';

/**
 * Somebody without an account asks about what others told us of them: to see it, to have it corrected, to have it deleted. A
 * code to the number that is held proves who asks. Where there is no such number the office looks at the document;
 * knowing a document number opens nothing.
 */

export const dataRequestKinds = ['copy', 'correction', 'deletion'] as const;
export type DataRequestKind = (typeof dataRequestKinds)[number];

/** Days until the office has to have answered (GB/T 35273-2020, 8.7, allows thirty). */
export const answerDays = 15;

export interface Asked {
  kind: DataRequestKind;
  /** Proved by a code; null: none was. */
  phone: string | null;
  name: string | null;
  /** Normalised. The office asks for it; null: it goes by the proved number alone. */
  document: string | null;
  text: string | null;
}

/** Keeps a request until the office has answered it. The same again within the hour, by a second tap, is the same one. */
export async function askOffice(
  trx: Knex,
  { cipher, index }: Means,
  asked: Asked,
): Promise<{ id: string; dueAt: Date }> {
  const before = await askedBefore(trx, { cipher, index }, asked);
  if (before) return before;
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const { seal } = rowCipher(cipher, 'data_request', id);
  const [row] = await trx('data_request')
    .insert({
      id,
      kind: asked.kind,
      proof: proofOf(asked),
      phone_enc: seal('phone_enc', asked.phone),
      phone_hash: asked.phone === null ? null : index('phone', asked.phone),
      name_enc: seal('name_enc', asked.name),
      document_enc: seal('document_enc', asked.document),
      document_hash: asked.document === null ? null : index('document', asked.document),
      text_enc: seal('text_enc', asked.text),
      due_at: trx.raw(`now() + ? * interval '1 day'`, [answerDays]),
    })
    .returning<{ due_at: Date }[]>('due_at');
  if (!row) throw new Error('The request was not kept');
  return { id, dueAt: row.due_at };
}

export const proofOf = ({ document }: Pick<Asked, 'document'>) => (document === null ? 'phone' : 'counter');

async function askedBefore(trx: Knex, { cipher, index }: Means, asked: Asked) {
  const hash = asked.phone === null ? index.hash('document', asked.document ?? '') : index.hash('phone', asked.phone);
  await lockHash(trx, hash);
  const rows = await trx('data_request')
    .where({ status: 'open', kind: asked.kind })
    .whereIn(asked.phone === null ? 'document_hash' : 'phone_hash', hash.every)
    .whereRaw(`created_at > now() - interval '1 hour'`);
  const same = rows.find((row) => {
    const { open } = rowCipher(cipher, 'data_request', row.id);
    return (['name', 'document', 'text'] as const).every((one) => open(`${one}_enc`, row[`${one}_enc`]) === asked[one]);
  });
  return same && { id: same.id as string, dueAt: same.due_at as Date };
}

/**
 * Deleted at once, since the number is proved; the row stays as evidence and says nothing of the person.
 * @returns its id; undefined when there is nothing, or all of it waits already by an earlier deletion
 */
export async function deleteByPhone(trx: Knex, means: Means, phone: string): Promise<string | undefined> {
  await lockHash(trx, means.index.hash('phone', phone));
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const now = trx.fn.now();
  const closed = { status: 'done', due_at: now, closed_at: now };
  await trx('data_request').insert({ id, kind: 'deletion', proof: 'phone', ...closed });
  if ((await removeElsewhere(trx, means, identityByPhone(phone), { request: id })) > 0) return id;
  await trx('data_request').where({ id }).delete();
  return undefined;
}
