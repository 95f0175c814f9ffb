import type { Knex } from 'knex';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { nameKey, phoneTail } from '../reservations/search-key.ts';

/**
 * Where others hold something about one person: rows of other people's books, guardians of other people's children, people of other
 * people's visits. Found by the keyed hashes of phone and document.
 */

/** Who is looked for. */
export interface Identity {
  /** Proved by a code; null: none was. */
  phone: string | null;
  /**
   * An account's document is its owner's own word, and every lead has the documents of companions. It counts where the name beside it
   * agrees, and no number or the proved one stands with it. Without a name the office looked at the document.
   */
  document: { text: string; name: string | null } | null;
  /** Their own account: its own rows are none of others. */
  visitor: string | null;
  /** What was typed before may be about a former owner of the number. Null: the office looked. */
  since: Date | null;
}

export interface Means {
  cipher: FieldCipher;
  /** Kinds `phone`, `document`, `phone_tail`. */
  index: BlindIndex;
}

/** `whole`: it is this person; else the number alone is theirs, beside a document that may be somebody else's. */
interface Found {
  id: string;
  /** Whose book, account or visit. */
  holder: string;
  since: Date;
  whole: boolean;
  name: string | null;
  document: string | null;
  phone: string | null;
}

export interface VisitPlace extends Found {
  reservation: string;
  companion: string | null;
  /** When the window of the submission ends. */
  until: Date;
  /** The visit is not over, and the person belongs to it. */
  open: boolean;
}

export interface GuardianPlace extends Omit<Found, 'whole' | 'document'> {
  consent: string;
  /** When the last window ends of a visit that is not over and for which they agreed. */
  openUntil: Date | null;
}

export async function booksWith(db: Knex, means: Means, who: Identity): Promise<Found[]> {
  const keys = keysOf(means, who);
  const rows = await db('companion')
    .whereNull('erased_at')
    .whereNull('member_id')
    .modify((query) => notOwn(query, who, 'visitor_id'))
    .where((held) => held.whereIn('phone_hash', keys.phone).orWhereIn('document_hash', keys.document))
    .orderBy('id');
  return rows.flatMap((row: Omit<Row, 'holder' | 'typed_at'> & { visitor_id: string }) =>
    match(means, who, 'companion', { ...row, holder: row.visitor_id, typed_at: row.created_at }),
  );
}

/** Only rows of people without an account of their own: what stands with an account is its owner's. */
export async function visitsWith(
  db: Knex,
  means: Means,
  who: Identity,
  books: { id: string }[],
): Promise<VisitPlace[]> {
  const keys = keysOf(means, who);
  const rows = await db('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .join('submission as s', 's.id', 'p.submission_id')
    .leftJoin('companion as c', 'c.id', 'p.companion_id')
    .whereNull('p.erased_at')
    .whereNull('p.visitor_id')
    .modify((query) => notOwn(query, who, 'r.visitor_id'))
    .where((held) =>
      held
        .whereIn('p.document_hash', keys.document)
        .orWhereIn('p.phone_tail_hash', keys.tail)
        // Rows of before there was that hash.
        .orWhere((before) => before.whereNull('p.phone_tail_hash').whereIn('p.companion_id', ids(books))),
    )
    .orderBy('p.id')
    .select('p.*', 'r.visitor_id as holder', 's.created_at', 's.visit_until')
    .select(db.raw('not comes_no_more(r, p.ordinal) as open'))
    // A new copy of an old entry is as old as that.
    .select(db.raw('least(s.created_at, c.created_at) as typed_at'));
  return rows.flatMap((row: VisitRow) =>
    match(means, who, 'reservation_person', row).map((found) => ({
      ...found,
      reservation: row.reservation_id,
      companion: row.companion_id,
      until: row.visit_until,
      open: row.open,
    })),
  );
}

/** Books' rows that an open visit still awaits, with the end of the last window. */
export async function awaitedAmong(db: Knex, books: { id: string }[]): Promise<{ id: string; until: Date }[]> {
  return db('awaited_person as a')
    .join('reservation as r', 'r.id', 'a.reservation_id')
    .join('submission as s', 's.id', 'a.submission_id')
    .whereIn('a.companion_id', ids(books))
    .whereNull('a.erased_at')
    .whereRaw('not comes_no_more(r, a.ordinal)')
    .groupBy('a.companion_id')
    .select('a.companion_id as id')
    .max('s.visit_until as until');
}

/** Rows of the own account in other people's visits that are not over. */
export async function joinedOpenVisits(
  db: Knex,
  visitor: string,
): Promise<{ id: string; holder: string; until: Date }[]> {
  return db('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .join('submission as s', 's.id', 'p.submission_id')
    .where({ 'p.visitor_id': visitor, 'p.erased_at': null })
    .whereNot('r.visitor_id', visitor)
    .whereRaw('not comes_no_more(r, p.ordinal)')
    .orderBy('p.id')
    .select('p.id', 'r.visitor_id as holder', 's.visit_until as until');
}

export async function guardiansWith(db: Knex, means: Means, who: Identity): Promise<GuardianPlace[]> {
  const rows = await db('guardian as g')
    .whereNull('g.erased_at')
    .whereIn('g.phone_hash', keysOf(means, who).phone)
    .modify((query) => notOwn(query, who, 'g.visitor_id'))
    .modify((query) => {
      if (who.since !== null) query.where('g.proved_at', '>=', who.since);
    })
    .orderBy('g.id')
    .select('g.*')
    .select(
      db.raw(`(select max(s.visit_until) from reservation_person p join reservation r on r.id = p.reservation_id
        join submission s on s.id = p.submission_id
        where p.guardian_id = g.id and not comes_no_more(r, p.ordinal)) as open_until`),
    );
  return rows.map((row: GuardianRow) => {
    const { open } = rowCipher(means.cipher, 'guardian', row.id);
    return {
      id: row.id,
      holder: row.visitor_id,
      since: row.proved_at,
      name: open('name_enc', row.name_enc),
      phone: open('phone_enc', row.phone_enc),
      consent: row.consent_id,
      openUntil: row.open_until,
    };
  });
}

function keysOf({ index }: Means, { phone, document }: Identity) {
  return {
    phone: phone === null ? [] : index.every('phone', phone),
    tail: phone === null ? [] : index.every('phone_tail', phoneTail(phone)),
    document: document === null ? [] : index.every('document', document.text),
  };
}

interface Row {
  id: string;
  holder: string;
  created_at: Date;
  /** When the row was made, of a submitted one when the entry was made that it was copied from; the number came with it or later. */
  typed_at: Date;
  name_enc: Buffer | null;
  phone_enc: Buffer | null;
  document_enc: Buffer | null;
}

interface VisitRow extends Row {
  reservation_id: string;
  companion_id: string | null;
  visit_until: Date;
  open: boolean;
}
interface GuardianRow extends Pick<Row, 'id' | 'name_enc' | 'phone_enc'> {
  visitor_id: string;
  proved_at: Date;
  consent_id: string;
  open_until: Date | null;
}

function match({ cipher }: Means, who: Identity, table: string, row: Row): Found[] {
  const { open } = rowCipher(cipher, table, row.id);
  const phone = open('phone_enc', row.phone_enc);
  const samePhone = who.phone !== null && phone === who.phone;
  const atCounter = who.document?.name === null;
  if (!samePhone && phone !== null && !atCounter) return [];
  const document = open('document_enc', row.document_enc);
  const name = open('name_enc', row.name_enc);
  const whole = isTheirs(who, { samePhone, document, name, typedAt: row.typed_at });
  // An older entry with nothing but a name beside the number is left as it is.
  if (!whole && !(samePhone && document !== null)) return [];
  return [{ id: row.id, holder: row.holder, since: row.created_at, whole, name, document, phone }];
}

/** Whether a row is about this person, and not only the number theirs. */
function isTheirs(
  { document: own, since }: Identity,
  held: { samePhone: boolean; document: string | null; name: string | null; typedAt: Date },
): boolean {
  const sameDocument = own !== null && held.document === own.text;
  if (sameDocument) return held.samePhone || own.name === null || nameKey(own.name) === nameKey(held.name ?? '');
  const anotherDocument = own !== null && held.document !== null;
  return held.samePhone && !anotherDocument && (since === null || held.typedAt >= since);
}

const notOwn = (query: Knex.QueryBuilder, { visitor }: Identity, column: string): void => {
  if (visitor !== null) query.whereNot(column, visitor);
};
const ids = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);
