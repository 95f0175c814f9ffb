import type { Knex } from 'knex';
import { type DocumentType, documentTail, type Sex } from '../../domain/identity-number.ts';
import { keepPlates, replaceUsualPlate } from '../../domain/plate.ts';
import type { BlindIndex, FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { lockActiveAccount } from './account-lock.ts';

/** What a visitor wrote about themselves, by version: a change is a new version, the same again is none. */

export interface PersonDetails {
  name: string;
  sex: Sex;
  phone: string;
  documentType: DocumentType;
  /** Normalised. */
  document: string;
  /** ISO 3166-1 alpha-3; null where neither the document nor its kind says it. */
  nationality: string | null;
  /** 'YYYY-MM-DD': out of the number, or asked for. Null only for people kept before it was asked. */
  birthDay: string | null;
  /** The usual one; the first that a form offers. */
  plate: string | null;
  morePlates: string[];
  unit: string | null;
}
export interface Person extends PersonDetails {
  id: string;
  version: number;
  /** The guardian who agreed for somebody under fourteen. */
  guardian: string | null;
  /** When the visitor last looked these details over and confirmed them. */
  checkedAt: Date;
}

interface Sealing {
  cipher: FieldCipher;
  /** Kinds `document` and `document_tail` (the last six characters). */
  index: BlindIndex;
}

export async function findPerson(db: Knex, cipher: FieldCipher, visitor: string): Promise<Person | undefined> {
  const row = await db('person').where({ visitor_id: visitor }).first();
  return row && readPersonRow(cipher, row);
}

/** The same for a page that only shows it, outside any transaction. */
export async function lookUpPerson(reads: Reads, cipher: FieldCipher, visitor: string): Promise<Person | undefined> {
  const [row] = await reads.rows<PersonRow>('select * from person where visitor_id = $1', [visitor]);
  return row && readPersonRow(cipher, row);
}

/** Whether an account's document ends with these characters. */
export async function hasDocumentTail(db: Knex, index: BlindIndex, visitor: string, tail: string): Promise<boolean> {
  const row = await db('person').where({ visitor_id: visitor }).first('document_tail_hash');
  return index.matches(row?.document_tail_hash, 'document_tail', tail);
}

/** What a row about a person holds, sealed: an account's own, and the copy beside a submission. */
export interface PersonColumns {
  id: string;
  name_enc: Buffer;
  sex: Sex;
  phone_enc: Buffer;
  document_type: DocumentType;
  document_enc: Buffer;
  nationality: string | null;
  birth_day_enc: Buffer | null;
  plate_enc: Buffer | null;
  unit_enc: Buffer | null;
}

interface PersonRow extends PersonColumns {
  version: number;
  more_plates_enc: Buffer | null;
  guardian_id: string | null;
  checked_at: Date;
}

function readPersonRow(cipher: FieldCipher, row: PersonRow): Person {
  const { open } = rowCipher(cipher, 'person', row.id);
  return {
    id: row.id,
    version: row.version,
    name: open('name_enc', row.name_enc),
    sex: row.sex,
    phone: open('phone_enc', row.phone_enc),
    documentType: row.document_type,
    document: open('document_enc', row.document_enc),
    nationality: row.nationality,
    birthDay: open('birth_day_enc', row.birth_day_enc),
    plate: open('plate_enc', row.plate_enc),
    morePlates: row.more_plates_enc ? JSON.parse(open('more_plates_enc', row.more_plates_enc)) : [],
    unit: open('unit_enc', row.unit_enc),
    guardian: row.guardian_id,
    checkedAt: row.checked_at,
  };
}

/** Keeps the details as the visitor's person, looked over now. Two at the same moment come one after the other. */
export async function savePerson(
  trx: Knex,
  { cipher, index }: Sealing,
  visitor: string,
  details: PersonDetails,
): Promise<Person> {
  await lockActiveAccount(trx, visitor);
  const known = await findPerson(trx, cipher, visitor);
  const checkedAt = new Date();
  if (known && same(known, details)) {
    await trx('person').where({ id: known.id }).update({ checked_at: checkedAt });
    return { ...known, checkedAt };
  }
  const id = known?.id ?? (await newId(trx));
  const { seal } = rowCipher(cipher, 'person', id);
  // A guardian agreed for one child: for another number they were not asked.
  const guardian = known && known.document === details.document ? known.guardian : null;
  const columns = {
    version: (known?.version ?? 0) + 1,
    name_enc: seal('name_enc', details.name),
    sex: details.sex,
    phone_enc: seal('phone_enc', details.phone),
    document_type: details.documentType,
    document_enc: seal('document_enc', details.document),
    document_hash: index('document', details.document),
    document_tail_hash: index('document_tail', documentTail(details.document)),
    nationality: details.nationality,
    birth_day_enc: seal('birth_day_enc', details.birthDay),
    plate_enc: seal('plate_enc', details.plate),
    more_plates_enc: seal('more_plates_enc', details.morePlates.length > 0 ? JSON.stringify(details.morePlates) : null),
    unit_enc: seal('unit_enc', details.unit),
    guardian_id: guardian,
    checked_at: checkedAt,
  };
  if (known) await trx('person').where({ id }).update(columns);
  else await trx('person').insert({ id, visitor_id: visitor, ...columns });
  return { ...details, id, version: columns.version, guardian, checkedAt };
}

/**
 * A form knows one plate, or none, and a profile keeps several. The form of a visit adds to them (a visitor who comes
 * on foot keeps their car); the profile's own form speaks of the usual one.
 */
export async function withKnownPlates(
  trx: Knex,
  { cipher }: Pick<Sealing, 'cipher'>,
  visitor: string,
  { form, details }: { form: 'visit' | 'profile'; details: PersonDetails },
): Promise<PersonDetails> {
  const known = platesOf(await findPerson(trx, cipher, visitor));
  const plates = form === 'visit' ? keepPlates(known, details.plate) : replaceUsualPlate(known, details.plate);
  return withPlates(details, plates);
}

/** @param plates the usual one first */
export function withPlates(details: PersonDetails, plates: readonly string[]): PersonDetails {
  const [plate = null, ...morePlates] = plates;
  return { ...details, plate, morePlates };
}

/** The usual one first. */
export const platesOf = (person: Pick<Person, 'plate' | 'morePlates'> | undefined): string[] =>
  person?.plate ? [person.plate, ...person.morePlates] : [];

/** Adds the guardian who has agreed: from now on the person is complete, as a new version. */
export async function giveGuardian(trx: Knex, visitor: string, guardian: string): Promise<void> {
  await trx('person')
    .where({ visitor_id: visitor })
    .update({ guardian_id: guardian, version: trx.raw('version + 1') });
}

function same(known: PersonDetails, given: PersonDetails): boolean {
  const keys = [
    ...(['name', 'sex', 'phone', 'documentType', 'document', 'nationality', 'birthDay', 'plate', 'unit'] as const),
  ];
  return keys.every((key) => known[key] === given[key]) && known.morePlates.join(' ') === given.morePlates.join(' ');
}

async function newId(trx: Knex): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  return rows[0].id;
}
