import type { Knex } from 'knex';
import { AppError } from '../../platform/errors.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { lockHash } from '../people/hash-lock.ts';
import { nameKey } from '../reservations/search-key.ts';
import { identityAtCounter, identityByPhone } from './identity.ts';
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
  /** Proved by a code; null: none was. */
  phone: string | null;
  name: string | null;
  /** Normalised. The office asks for it; null: it goes by the proved number alone. */
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
  /** Whether what is held stands under the name of the request alone. */
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

/** The one that is due first comes first. */
export async function openDataRequests(db: Knex, means: Means): Promise<OpenDataRequest[]> {
  const rows = await db('data_request').where({ status: 'open' }).orderBy(['due_at', 'id']).limit(100);
  const requests: OpenDataRequest[] = [];
  for (const row of rows) {
    const asked = readAsked(means, row);
    requests.push({
      ...asked,
      id: row.id,
      createdAt: row.created_at,
      dueAt: row.due_at,
      overdue: row.due_at < new Date(),
      ...(await heldOf(db, means, { ...asked, createdAt: row.created_at })),
    });
  }
  return requests;
}

interface Row {
  id: string;
  kind: DataRequestKind;
  created_at: Date;
  phone_enc: Buffer | null;
  name_enc: Buffer | null;
  document_enc: Buffer | null;
  text_enc: Buffer | null;
}

function readAsked({ cipher }: Means, row: Row): Asked {
  const { open } = rowCipher(cipher, 'data_request', row.id);
  return {
    kind: row.kind,
    phone: open('phone_enc', row.phone_enc),
    name: open('name_enc', row.name_enc),
    document: open('document_enc', row.document_enc),
    text: open('text_enc', row.text_enc),
  };
}

async function heldOf(
  db: Knex,
  means: Means,
  asked: Asked & { createdAt: Date },
): Promise<Pick<OpenDataRequest, 'held' | 'sameName'>> {
  const who = identityFor(asked);
  const books = await booksWith(db, means, who);
  const visits = await visitsWith(db, means, who, books);
  const guardians = await guardiansWith(db, means, who);
  const names = [...books, ...visits, ...guardians].flatMap(({ name }) => (name === null ? [] : [nameKey(name)]));
  return {
    held: { books: books.length, visits: visits.length, guardians: guardians.length },
    sameName: asked.name === null || names.every((name) => name === nameKey(asked.name ?? '')),
  };
}

function identityFor({
  phone,
  document,
  createdAt,
}: Pick<Asked, 'phone' | 'document'> & { createdAt: Date }): Identity {
  if (document !== null) return identityAtCounter({ phone, document });
  if (phone === null) throw new Error('A request names neither a number nor a document');
  return identityByPhone(phone, createdAt);
}

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
  const row = await trx('data_request').where({ id, status: 'open' }).forUpdate().first();
  if (!row) throw new AppError('data_request_closed', { status: 409 });
  if (answer.verdict === 'removed') {
    const who = identityFor({ ...readAsked(means, row), createdAt: row.created_at });
    await removeElsewhere(trx, means, who, { request: id });
  }
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
