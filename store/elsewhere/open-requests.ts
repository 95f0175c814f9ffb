import type { Knex } from 'knex';
import { rowCipher } from '../../platform/row-cipher.ts';
import { nameKey } from '../reservations/search-key.ts';
import type { Asked, DataRequestKind } from './data-request.ts';
import { identityAtCounter, identityByPhone } from './identity.ts';
import { booksWith, guardiansWith, type Identity, type Means, visitsWith } from './places.ts';

/** Requests that wait for the office's answer. */

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

/** Shown at once: each looks through what others hold. */
const most = 20;

/**
 * The one that is due first comes first.
 * @param from the id of the request to begin with
 * @returns `next`: the request that the following page begins with; `later`: how many there are from it on
 */
export async function openDataRequests(
  db: Knex,
  means: Means,
  { from }: { from?: string | undefined } = {},
): Promise<{ requests: OpenDataRequest[]; next: string | undefined; later: number }> {
  const waiting = db('data_request').where({ status: 'open' });
  // An answered one still stands at its place.
  const first = from && (await db('data_request').where({ id: from }).first('id'));
  if (first) waiting.whereRaw('(due_at, id) >= (select due_at, id from data_request where id = ?)', [from]);
  const rows = await waiting
    .clone()
    .orderBy(['due_at', 'id'])
    .limit(most + 1);
  const [{ count }] = await waiting.clone().select(db.raw('count(*)::int as count'));
  const requests: OpenDataRequest[] = [];
  for (const row of rows.slice(0, most)) {
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
  return { requests, next: rows[most]?.id, later: count - requests.length };
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

export function readAsked({ cipher }: Means, row: Row): Asked {
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

export function identityFor({
  phone,
  document,
  createdAt,
}: Pick<Asked, 'phone' | 'document'> & { createdAt: Date }): Identity {
  if (document !== null) return identityAtCounter({ phone, document });
  if (phone === null) throw new Error('A request names neither a number nor a document');
  return identityByPhone(phone, createdAt);
}
