import type { Knex } from 'knex';
import { type DocumentType, documentTail, type Sex } from '../../domain/identity-number.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import { nameKey, phoneTail } from './search-key.ts';
import { sealAnswers } from './visit-answers.ts';
import { findWish, type Wish } from './wish.ts';

/**
 * What was submitted, and who: copied once, encrypted, never changed. Approver, pass and gate see this copy,
 * also when the profile changes afterwards.
 */

export interface SubmittedPerson {
  /** Stable within a reservation, also across changes; 0 is the lead. */
  ordinal: number;
  /** The account's person it was copied from, and its version then; null for somebody out of the lead's own book. */
  person: string | null;
  personVersion: number | null;
  /** The person's account; null for a person whom the lead declared. */
  visitor: string | null;
  /** The row of the lead's book; null for the lead. */
  companion: string | null;
  consent: string;
  name: string;
  sex: Sex;
  /** Null only for somebody without a phone. */
  phone: string | null;
  documentType: DocumentType;
  /** Normalised. */
  document: string;
  /** ISO 3166-1 alpha-3, where the document does not say it. */
  nationality: string | null;
  /** 'YYYY-MM-DD', where known. */
  birthDay: string | null;
  plate: string | null;
  unit: string | null;
  guardian: string | null;
  documentPhoto: string | null;
  facePhoto: string | null;
}

/** Somebody of the party who is still missing something: a name and a place, until `person_ready`. */
export interface AwaitedPerson {
  ordinal: number;
  companion: string;
  name: string;
}

export interface Submission extends Wish {
  /** By ordinal; the first is the lead. Erased people are left out. */
  people: SubmittedPerson[];
  awaited: AwaitedPerson[];
}

export interface Sealing {
  cipher: FieldCipher;
  /** Kinds `document`, `document_tail` (the last six characters), `name` and `phone_tail` (the last four digits). */
  index: BlindIndex;
}

export async function writeSubmission(trx: Knex, sealing: Sealing, submission: Submission): Promise<void> {
  const { cipher } = sealing;
  await trx('submission').insert({
    id: submission.id,
    reservation_id: submission.reservation,
    kind: submission.kind,
    base_id: submission.base,
    channel: submission.channel,
    campus_id: submission.campus,
    department_id: submission.department,
    reason_id: submission.reason,
    host_id: submission.hostRow,
    answers_enc: sealAnswers(cipher, submission.id, submission.answers),
    visit_from: submission.from,
    visit_until: submission.until,
  });
  for (const person of submission.people) await freezePerson(trx, sealing, submission, person);
  for (const { ordinal, companion, name } of submission.awaited) {
    await trx('awaited_person').insert({
      submission_id: submission.id,
      reservation_id: submission.reservation,
      ordinal,
      companion_id: companion,
      name_enc: cipher.seal(awaitedName(submission.id, ordinal), name),
    });
  }
}

const awaitedName = (submission: string, ordinal: number) => ({
  table: 'awaited_person',
  column: 'name_enc',
  row: `${submission}/${ordinal}`,
});

/** Copies a person beside a submission, for good. Also later, when somebody awaited has become ready. */
export async function freezePerson(
  trx: Knex,
  { cipher, index }: Sealing,
  { id: submission, reservation }: Pick<Submission, 'id' | 'reservation'>,
  person: SubmittedPerson,
): Promise<void> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  const { id } = rows[0];
  const seal = (column: string, text: string | null) =>
    text === null ? null : cipher.seal({ table: 'reservation_person', column, row: id }, text);
  await trx('reservation_person').insert({
    id,
    submission_id: submission,
    reservation_id: reservation,
    ordinal: person.ordinal,
    person_id: person.person,
    person_version: person.personVersion,
    visitor_id: person.visitor,
    companion_id: person.companion,
    consent_id: person.consent,
    name_enc: seal('name_enc', person.name),
    sex: person.sex,
    phone_enc: seal('phone_enc', person.phone),
    document_type: person.documentType,
    document_enc: seal('document_enc', person.document),
    document_hash: index('document', person.document),
    document_tail_hash: index('document_tail', documentTail(person.document)),
    name_hash: index('name', nameKey(person.name)),
    phone_tail_hash: person.phone === null ? null : index('phone_tail', phoneTail(person.phone)),
    nationality: person.nationality,
    birth_day_enc: seal('birth_day_enc', person.birthDay),
    plate_enc: seal('plate_enc', person.plate),
    unit_enc: seal('unit_enc', person.unit),
    guardian_id: person.guardian,
    document_photo_id: person.documentPhoto,
    face_photo_id: person.facePhoto,
  });
}

/** In clear: only for those who may see the reservation; mask what is merely listed. */
export async function readSubmission(db: Knex, cipher: FieldCipher, id: string): Promise<Submission | undefined> {
  const wish = await findWish(db, cipher, id);
  if (!wish) return undefined;
  const people = await readPeople(db, cipher, id);
  return { ...wish, people, awaited: await readAwaited(db, cipher, id) };
}

/** The frozen people of a submission, by ordinal; those whose time is over are erased and left out. */
export async function readPeople(db: Knex, cipher: FieldCipher, submission: string): Promise<SubmittedPerson[]> {
  const rows = await db('reservation_person')
    .where({ submission_id: submission })
    .whereNull('erased_at')
    .orderBy('ordinal');
  return rows.map((row) => {
    const open = (column: string): string =>
      cipher.open({ table: 'reservation_person', column, row: row.id }, row[column]);
    return {
      ordinal: row.ordinal,
      person: row.person_id,
      personVersion: row.person_version,
      visitor: row.visitor_id,
      companion: row.companion_id,
      consent: row.consent_id,
      name: open('name_enc'),
      sex: row.sex,
      phone: row.phone_enc && open('phone_enc'),
      documentType: row.document_type,
      document: open('document_enc'),
      nationality: row.nationality,
      birthDay: row.birth_day_enc && open('birth_day_enc'),
      plate: row.plate_enc && open('plate_enc'),
      unit: row.unit_enc && open('unit_enc'),
      guardian: row.guardian_id,
      documentPhoto: row.document_photo_id,
      facePhoto: row.face_photo_id,
    };
  });
}

/** The people still awaited, by ordinal; a person who has become ready meanwhile is among the people instead. */
export async function readAwaited(db: Knex, cipher: FieldCipher, submission: string): Promise<AwaitedPerson[]> {
  const rows = await db('awaited_person as a')
    .where('a.submission_id', submission)
    .whereNull('a.erased_at')
    .whereNotExists(
      db('reservation_person as p').whereRaw('p.submission_id = a.submission_id and p.ordinal = a.ordinal'),
    )
    .orderBy('a.ordinal')
    .select('a.*');
  return rows.map((row) => ({
    ordinal: row.ordinal,
    companion: row.companion_id,
    name: cipher.open(awaitedName(submission, row.ordinal), row.name_enc),
  }));
}
