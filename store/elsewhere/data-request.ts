import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { lockHash } from '../people/hash-lock.ts';
import { nameKey } from '../reservations/search-key.ts';
import { booksWith, guardiansWith, type Identity, type Means, visitsWith } from './places.ts';
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
  /** Proved by a code; null: the office asks for the document. */
  phone: string | null;
  name: string | null;
  /** Normalised. */
  document: string | null;
  text: string | null;
}

export interface OpenDataRequest extends Asked {
  id: string;
  createdAt: Date;
  dueAt: Date;
  overdue: boolean;
  /** What others hold under the number, or under the document. */
  held: { books: number; visits: number; guardians: number };
  /** Whether the name of the request stands beside the document wherever that is held. */
  sameName: boolean;
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
      proof: asked.phone === null ? 'counter' : 'phone',
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

async function askedBefore(trx: Knex, { cipher, index }: Means, asked: Asked) {
  const hash = asked.phone === null ? index.hash('document', asked.document ?? '') : index.hash('phone', asked.phone);
  await lockHash(trx, hash);
  const rows = await trx('data_request')
    .where({ status: 'open', kind: asked.kind })
    .whereIn(asked.phone === null ? 'document_hash' : 'phone_hash', hash.every)
    .whereRaw(`created_at > now() - interval '1 hour'`);
  const same = rows.find((row) => {
    const { open } = rowCipher(cipher, 'data_request', row.id);
    return open('name_enc', row.name_enc) === asked.name && open('text_enc', row.text_enc) === asked.text;
  });
  return same && { id: same.id as string, dueAt: same.due_at as Date };
}

/** Deleted at once, since the number is proved; the row stays as evidence and says nothing of the person. */
export async function deleteByPhone(trx: Knex, means: Means, phone: string): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const now = trx.fn.now();
  const closed = { status: 'done', due_at: now, closed_at: now };
  await trx('data_request').insert({ id, kind: 'deletion', proof: 'phone', ...closed });
  await removeElsewhere(trx, means, identityByPhone(phone), { request: id });
  return id;
}

export const identityByPhone = (phone: string): Identity => ({ phone, document: null, visitor: null });

/** The one that is due first comes first. */
export async function openDataRequests(db: Knex, means: Means, id?: string): Promise<OpenDataRequest[]> {
  const rows = await db('data_request')
    .where({ status: 'open' })
    .modify((query) => {
      if (id) query.where({ id });
    })
    .orderBy(['due_at', 'id'])
    .limit(100);
  const requests: OpenDataRequest[] = [];
  for (const row of rows) {
    const { open } = rowCipher(means.cipher, 'data_request', row.id);
    const asked: Asked = {
      kind: row.kind,
      phone: open('phone_enc', row.phone_enc),
      name: open('name_enc', row.name_enc),
      document: open('document_enc', row.document_enc),
      text: open('text_enc', row.text_enc),
    };
    const { id: request, created_at: createdAt, due_at: dueAt } = row;
    requests.push({
      ...asked,
      id: request,
      createdAt,
      dueAt,
      overdue: dueAt < new Date(),
      ...(await heldOf(db, means, asked)),
    });
  }
  return requests;
}

async function heldOf(db: Knex, means: Means, asked: Asked): Promise<Pick<OpenDataRequest, 'held' | 'sameName'>> {
  const who = identityOf(asked);
  const books = await booksWith(db, means, who);
  const visits = await visitsWith(db, means, who, books);
  const guardians = await guardiansWith(db, means, who);
  const names = [...books, ...visits].flatMap(({ name }) => (name === null ? [] : [nameKey(name)]));
  return {
    held: { books: books.length, visits: visits.length, guardians: guardians.length },
    sameName: asked.name === null || names.every((name) => name === nameKey(asked.name ?? '')),
  };
}

/** The office has the document in its hand: the name need not agree. */
const identityOf = ({ phone, document }: Asked): Identity => ({
  phone,
  document: document === null ? null : { text: document, name: null },
  visitor: null,
});

export const verdicts = ['removed', 'answered', 'refused'] as const;
export type Verdict = (typeof verdicts)[number];

/**
 * `removed`: what others hold goes, as with a deletion by the person; `answered`: they were shown it, or it was
 * corrected by those who hold it. What the request said is forgotten with the answer.
 *
 * @throws AppError `data_request_closed` (409) when it was answered already
 */
export async function answerDataRequest(
  trx: Knex,
  means: Means,
  answer: { id: string; staff: string; verdict: Verdict; note: string },
): Promise<void> {
  const { id } = answer;
  const open = await trx('data_request').where({ id, status: 'open' }).forUpdate().first('id');
  const [request] = open ? await openDataRequests(trx, means, id) : [];
  if (!request) throw new AppError('data_request_closed', { status: 409 });
  if (answer.verdict === 'removed') await removeElsewhere(trx, means, identityOf(request), { request: id });
  await trx('data_request')
    .where({ id })
    .update({
      status: answer.verdict === 'refused' ? 'refused' : 'done',
      closed_at: trx.fn.now(),
      staff_id: answer.staff,
      note_enc: rowCipher(means.cipher, 'data_request', id).seal('note_enc', answer.note),
      phone_enc: null,
      phone_hash: null,
      name_enc: null,
      document_enc: null,
      document_hash: null,
      text_enc: null,
    });
}
