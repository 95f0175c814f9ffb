import type { Knex } from 'knex';
import type { Channel } from '../domain/reservation.ts';
import type { BlindIndex, FieldCipher } from '../platform/crypto.ts';

/**
 * What was submitted, and who: copied once, encrypted, never changed. Approver, pass and gate see this copy,
 * whatever becomes of the profile afterwards.
 */

export interface SubmittedPerson {
  /** The profile it was copied from, and its version then. */
  person: string;
  personVersion: number;
  consent: string;
  name: string;
  sex: 'male' | 'female';
  phone: string;
  documentType: 'resident_id' | 'passport';
  /** Normalised. */
  document: string;
  plate: string | null;
  unit: string | null;
}

export interface Submission {
  /** Made by the page; the Update carries it. */
  id: string;
  reservation: string;
  channel: Channel;
  campus: string;
  department: string;
  reason: string;
  /** 被访人: the personal channel only. */
  host: string | null;
  note: string | null;
  from: Date;
  until: Date;
  /** By ordinal; the first is the lead. */
  people: SubmittedPerson[];
}

export interface Sealing {
  cipher: FieldCipher;
  /** Kinds `document` and `document_tail` (the last six characters). */
  index: BlindIndex;
}

export async function writeSubmission(trx: Knex, { cipher, index }: Sealing, submission: Submission): Promise<void> {
  const seal = (column: string, text: string | null) =>
    text === null ? null : cipher.seal({ table: 'submission', column, row: submission.id }, text);
  await trx('submission').insert({
    id: submission.id,
    reservation_id: submission.reservation,
    channel: submission.channel,
    campus_id: submission.campus,
    department_id: submission.department,
    reason_id: submission.reason,
    host_enc: seal('host_enc', submission.host),
    note_enc: seal('note_enc', submission.note),
    visit_from: submission.from,
    visit_until: submission.until,
  });
  const { rows } = await trx.raw<{ rows: { id: string }[] }>('select uuidv7() as id from generate_series(1, ?)', [
    submission.people.length,
  ]);
  const frozen = submission.people.flatMap((person, ordinal) => {
    const row = rows[ordinal];
    return row ? [{ ...freeze(cipher, index, person, row.id), ordinal }] : [];
  });
  await trx('reservation_person').insert(
    frozen.map((row) => ({ ...row, submission_id: submission.id, reservation_id: submission.reservation })),
  );
}

function freeze(cipher: FieldCipher, index: BlindIndex, person: SubmittedPerson, id: string) {
  const seal = (column: string, text: string) => cipher.seal({ table: 'reservation_person', column, row: id }, text);
  return {
    id,
    person_id: person.person,
    person_version: person.personVersion,
    consent_id: person.consent,
    name_enc: seal('name_enc', person.name),
    sex: person.sex,
    phone_enc: seal('phone_enc', person.phone),
    document_type: person.documentType,
    document_enc: seal('document_enc', person.document),
    document_hash: index('document', person.document),
    document_tail_hash: index('document_tail', person.document.slice(-6)),
    plate_enc: person.plate === null ? null : seal('plate_enc', person.plate),
    unit_enc: person.unit === null ? null : seal('unit_enc', person.unit),
  };
}

/** In clear: only for those who may see the reservation; mask what is merely listed. */
export async function readSubmission(db: Knex, cipher: FieldCipher, id: string): Promise<Submission | undefined> {
  const row = await db('submission').where({ id }).first();
  if (!row) return undefined;
  const open = (column: string, data: Buffer | null) =>
    data && cipher.open({ table: 'submission', column, row: id }, data);
  return {
    id,
    reservation: row.reservation_id,
    channel: row.channel,
    campus: row.campus_id,
    department: row.department_id,
    reason: row.reason_id,
    host: open('host_enc', row.host_enc),
    note: open('note_enc', row.note_enc),
    from: row.visit_from,
    until: row.visit_until,
    people: await readPeople(db, cipher, id),
  };
}

/** The frozen people of a submission, by ordinal. */
export async function readPeople(db: Knex, cipher: FieldCipher, submission: string): Promise<SubmittedPerson[]> {
  const rows = await db('reservation_person').where({ submission_id: submission }).orderBy('ordinal');
  return rows.map((row) => {
    const open = (column: string): string =>
      cipher.open({ table: 'reservation_person', column, row: row.id }, row[column]);
    return {
      person: row.person_id,
      personVersion: row.person_version,
      consent: row.consent_id,
      name: open('name_enc'),
      sex: row.sex,
      phone: open('phone_enc'),
      documentType: row.document_type,
      document: open('document_enc'),
      plate: row.plate_enc && open('plate_enc'),
      unit: row.unit_enc && open('unit_enc'),
    };
  });
}
