import type { Knex } from 'knex';
import type { DocumentType, Sex } from '../domain/identity-number.ts';
import type { BlindIndex, FieldCipher } from '../platform/crypto.ts';

/** What a visitor wrote about themselves, by version: a change is a new version, the same again is none. */

export interface PersonDetails {
  name: string;
  sex: Sex;
  phone: string;
  documentType: DocumentType;
  /** Normalised. */
  document: string;
  plate: string | null;
  unit: string | null;
}
export interface Person extends PersonDetails {
  id: string;
  version: number;
}

interface Sealing {
  cipher: FieldCipher;
  /** Kinds `document` and `document_tail` (the last six characters). */
  index: BlindIndex;
}

export async function findPerson(db: Knex, cipher: FieldCipher, visitor: string): Promise<Person | undefined> {
  const row = await db('person').where({ visitor_id: visitor }).first();
  if (!row) return undefined;
  const open = (column: string): string => cipher.open({ table: 'person', column, row: row.id }, row[column]);
  return {
    id: row.id,
    version: row.version,
    name: open('name_enc'),
    sex: row.sex,
    phone: open('phone_enc'),
    documentType: row.document_type,
    document: open('document_enc'),
    plate: row.plate_enc && open('plate_enc'),
    unit: row.unit_enc && open('unit_enc'),
  };
}

/** Keeps the details as the visitor's person. Two at the same moment come one after the other. */
export async function savePerson(
  trx: Knex,
  { cipher, index }: Sealing,
  visitor: string,
  details: PersonDetails,
): Promise<{ id: string; version: number }> {
  await trx('visitor').where({ id: visitor }).forUpdate().first('id');
  const known = await findPerson(trx, cipher, visitor);
  if (known && same(known, details)) return { id: known.id, version: known.version };
  const id = known?.id ?? (await newId(trx));
  const seal = (column: string, text: string | null) =>
    text === null ? null : cipher.seal({ table: 'person', column, row: id }, text);
  const columns = {
    version: (known?.version ?? 0) + 1,
    name_enc: seal('name_enc', details.name),
    sex: details.sex,
    phone_enc: seal('phone_enc', details.phone),
    document_type: details.documentType,
    document_enc: seal('document_enc', details.document),
    document_hash: index('document', details.document),
    document_tail_hash: index('document_tail', details.document.slice(-6)),
    plate_enc: seal('plate_enc', details.plate),
    unit_enc: seal('unit_enc', details.unit),
    checked_at: trx.fn.now(),
  };
  if (known) await trx('person').where({ id }).update(columns);
  else await trx('person').insert({ id, visitor_id: visitor, ...columns });
  return { id, version: columns.version };
}

function same(known: PersonDetails, given: PersonDetails): boolean {
  const keys = ['name', 'sex', 'phone', 'documentType', 'document', 'plate', 'unit'] as const;
  return keys.every((key) => known[key] === given[key]);
}

async function newId(trx: Knex): Promise<string> {
  const { rows } = await trx.raw<{ rows: [{ id: string }] }>('select uuidv7() as id');
  return rows[0].id;
}
