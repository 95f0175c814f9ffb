import type { Knex } from 'knex';
import { isChild } from '../../domain/age.ts';
import type { DocumentType, Sex } from '../../domain/identity-number.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { writtenOnce } from '../../platform/written-once.ts';
import { currentNotice } from '../content/notice.ts';

/**
 * The lead's own book. What a lead typed is theirs alone: it is never merged into another account. Of somebody who joined
 * by an account of their own the lead sees name, phone and state, and never the document.
 */

/** `own`: the person has to do something themselves; `consent`: the lead has to declare once more. */
export type CompanionState = 'ready' | 'own' | 'guardian' | 'consent';

export interface Companion {
  id: string;
  lead: string;
  kind: 'declared' | 'invited' | 'joined';
  state: CompanionState;
  /** As the lead typed it. */
  name: string;
  phone: string | null;
  /** What the lead typed of somebody without a phone; null for everybody else. */
  declared: Declared | null;
  /** The account of somebody who joined. */
  member: string | null;
  /** The agreement under which they may be submitted, where it stands. */
  consent: string | null;
  guardian: string | null;
  /** When an open invitation ends. */
  invitedUntil: Date | null;
  removedAt: Date | null;
}

export interface Declared {
  sex: Sex;
  documentType: DocumentType;
  document: string;
  nationality: string | null;
  birthDay: string | null;
  unit: string | null;
}

export interface Sealing {
  cipher: FieldCipher;
  /** Kinds `phone`, `document` and `document_tail`. */
  index: BlindIndex;
}

interface Wanted {
  /** Whose book. */
  lead?: string;
  ids?: string[];
  /** Rows that lead to this account. */
  member?: string;
  phoneHashes?: Buffer[];
  removed?: boolean;
  /** Waits for a transaction that is changing these rows, so that nobody becomes ready unseen. */
  lock?: boolean;
}

/** In the order in which they came into the book; by `ids`, in theirs. */
export async function readCompanions(db: Knex, cipher: FieldCipher, wanted: Wanted): Promise<Companion[]> {
  // A statement of its own: what the rows lead to is read as it stands once they are locked.
  if (wanted.lock) {
    await db('companion as c')
      .modify((query) => narrow(query, wanted))
      .orderBy('c.id')
      .forUpdate()
      .select('c.id');
  }
  // One after the other: a transaction has one connection.
  const filling = await currentNotice(db, 'filling');
  const declaring = await currentNotice(db, 'companion');
  const rows: Row[] = await companionRows(db, filling.id, declaring.id).modify((query) => narrow(query, wanted));
  const { ids } = wanted;
  if (ids) rows.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
  return rows.map((row) => read(cipher, row));
}

/** The whole book of a lead: every form and the book itself begin with it. */
export async function readBook(
  { db, reads, cipher }: { db: Knex; reads: Reads; cipher: FieldCipher },
  lead: string,
): Promise<Companion[]> {
  const notices = await Promise.all([currentNotice(db, 'filling'), currentNotice(db, 'companion')]);
  const rows = await writtenOnce<Row>(
    reads,
    'book',
    [lead, ...notices.map(({ id }) => id)],
    (visitor = '', filling = '', declaring = '') =>
      companionRows(db, filling, declaring).modify((query) => narrow(query, { lead: visitor })),
  );
  return rows.map((row) => read(cipher, row));
}

/** The people of the book whom the lead can book for without coming along: declared with everything, agreed, and for a child the guardian too. */
export async function bookableOf(
  { db, reads, cipher }: { db: Knex; reads: Reads; cipher: FieldCipher },
  lead: string,
): Promise<Companion[]> {
  const declaring = await currentNotice(db, 'companion');
  const rows = await reads.rows<Row>(agreedFor, [lead, declaring.id]);
  return rows.map((row) => read(cipher, row)).filter(({ state }) => state === 'ready');
}

/** The same row as `companionRows`, with the columns empty that only a person with an account has. */
const agreedFor = `select c.*, said.id as said_consent, watched.id as watched, g.id as guardian,
    null as person, null as own_birth_day, null as member, null as own_consent, null as expires_at
  from companion c
  join consent said on said.id = c.consent_id and said.notice_id = $2 and said.withdrawn_at is null
  left join guardian g on g.id = c.guardian_id
  left join consent watched on watched.id = g.consent_id and watched.withdrawn_at is null
  where c.visitor_id = $1 and c.member_id is null and c.document_enc is not null and c.removed_at is null
  order by c.id`;

/** @param filling and `declaring`: the notices whose agreements count */
const companionRows = (db: Knex, filling: string, declaring: string): Knex.QueryBuilder =>
  db('companion as c')
    .leftJoin('person as p', 'p.visitor_id', 'c.member_id')
    .leftJoin('visitor as v', (join) => join.on('v.id', 'c.member_id').andOnNull('v.superseded_at'))
    .leftJoin('consent as own', (join) =>
      join
        .on('own.visitor_id', 'c.member_id')
        .andOnVal('own.notice_id', filling)
        .andOnVal('own.purpose', 'personal_information')
        .andOnNull('own.subject_id')
        .andOnNull('own.withdrawn_at'),
    )
    .leftJoin('consent as said', (join) =>
      join.on('said.id', 'c.consent_id').andOnVal('said.notice_id', declaring).andOnNull('said.withdrawn_at'),
    )
    .joinRaw('left join guardian g on g.id = coalesce(p.guardian_id, c.guardian_id)')
    .leftJoin('consent as watched', (join) => join.on('watched.id', 'g.consent_id').andOnNull('watched.withdrawn_at'))
    .joinRaw(
      `left join lateral (select expires_at from companion_invitation where companion_id = c.id and used_at is null
        and revoked_at is null and expires_at > now() order by created_at desc limit 1) i on true`,
    )
    .orderBy('c.id')
    .select(
      'c.*',
      'p.id as person',
      'p.birth_day_enc as own_birth_day',
      'v.id as member',
      'own.id as own_consent',
      'said.id as said_consent',
      'watched.id as watched',
      'g.id as guardian',
      'i.expires_at',
    );

function narrow(query: Knex.QueryBuilder, wanted: Wanted): void {
  if (wanted.lead) query.where('c.visitor_id', wanted.lead);
  if (wanted.ids) query.whereIn('c.id', wanted.ids);
  if (wanted.member) query.where('c.member_id', wanted.member);
  query.whereNull('c.erased_at');
  if (wanted.phoneHashes) query.whereIn('c.phone_hash', wanted.phoneHashes);
  if (wanted.removed) query.whereNotNull('c.removed_at');
  else query.whereNull('c.removed_at');
}

export async function findCompanion(
  db: Knex,
  cipher: FieldCipher,
  of: { lead: string; id: string; removed?: boolean },
): Promise<Companion | undefined> {
  const [found] = await readCompanions(db, cipher, { lead: of.lead, ids: [of.id], removed: of.removed ?? false });
  return found;
}

interface Row {
  id: string;
  visitor_id: string;
  name_enc: Buffer;
  phone_enc: Buffer | null;
  sex: Sex | null;
  document_type: DocumentType | null;
  document_enc: Buffer | null;
  nationality: string | null;
  birth_day_enc: Buffer | null;
  unit_enc: Buffer | null;
  member_id: string | null;
  removed_at: Date | null;
  person: string | null;
  own_birth_day: Buffer | null;
  member: string | null;
  own_consent: string | null;
  said_consent: string | null;
  watched: string | null;
  guardian: string | null;
  expires_at: Date | null;
}

function read(cipher: FieldCipher, row: Row): Companion {
  const { open } = rowCipher(cipher, 'companion', row.id);
  const document = open('document_enc', row.document_enc);
  const declared: Declared | null =
    document !== null && row.sex && row.document_type
      ? {
          sex: row.sex,
          documentType: row.document_type,
          document,
          nationality: row.nationality,

          birthDay: open('birth_day_enc', row.birth_day_enc),
          unit: open('unit_enc', row.unit_enc),
        }
      : null;
  const joined = row.member_id !== null;
  const consent = joined ? row.own_consent : row.said_consent;
  const birthDay =
    joined && row.person && row.own_birth_day
      ? rowCipher(cipher, 'person', row.person).open('birth_day_enc', row.own_birth_day)
      : (declared?.birthDay ?? null);
  return {
    id: row.id,
    lead: row.visitor_id,
    kind: joined ? 'joined' : declared ? 'declared' : 'invited',
    state: stateOf({
      complete: joined ? row.member !== null && row.person !== null && consent !== null : declared !== null,
      isChild: isChild(birthDay),
      watched: row.watched !== null,
      agreed: consent !== null,
    }),
    name: open('name_enc', row.name_enc) ?? '',
    phone: open('phone_enc', row.phone_enc),
    declared,

    member: row.member_id,
    consent,
    guardian: row.watched && row.guardian,

    invitedUntil: row.expires_at,
    removedAt: row.removed_at,
  };
}

function stateOf(of: { complete: boolean; isChild: boolean; watched: boolean; agreed: boolean }): CompanionState {
  if (!of.complete) return 'own';
  if (!of.agreed) return 'consent';
  return of.isChild && !of.watched ? 'guardian' : 'ready';
}
