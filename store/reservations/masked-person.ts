import type { Knex } from 'knex';
import { type Minor, minorOf } from '../../domain/age.ts';
import { type DocumentType, isHandChecked, type Sex } from '../../domain/identity-number.ts';
import { maskDocument, maskPhone, maskPlate } from '../../domain/masking.ts';
import { isHandCheckedPlate } from '../../domain/plate.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import type { PersonColumns } from '../people/person.ts';

/** The people of a submission, frozen as they were submitted, the way staff see them: masked. */

export interface MaskedPerson {
  /** Id of the frozen row. */
  id: string;
  ordinal: number;
  name: string;
  sex: Sex;
  maskedPhone: string;
  documentType: DocumentType;
  maskedDocument: string;
  nationality: string | null;
  maskedPlate: string | null;
  unit: string | null;
  /** Under fourteen a guardian agreed; from then on until eighteen it is only said. */
  minor: Minor | null;
  /** No rule can tell whether it is right: somebody has to compare. */
  handChecked: { document: boolean; plate: boolean };
  /** Ids of photographs that were submitted and are still there. */
  photos: { document: string | null; face: string | null };
}

export async function maskedPeople(db: Knex, cipher: FieldCipher, submission: string): Promise<MaskedPerson[]> {
  const rows: Row[] = await db('reservation_person')
    .where({ submission_id: submission })
    .whereNull('erased_at')
    .orderBy('ordinal');
  return rows.map((row) => {
    const { open } = rowCipher(cipher, 'reservation_person', row.id);
    const plate = open('plate_enc', row.plate_enc);
    return {
      id: row.id,
      ordinal: row.ordinal,
      name: open('name_enc', row.name_enc) ?? '',
      sex: row.sex,
      maskedPhone: maskPhone(open('phone_enc', row.phone_enc) ?? ''),
      documentType: row.document_type,
      maskedDocument: maskDocument(open('document_enc', row.document_enc) ?? ''),
      nationality: row.nationality,
      maskedPlate: plate && maskPlate(plate),
      unit: open('unit_enc', row.unit_enc),
      minor: minorOf(open('birth_day_enc', row.birth_day_enc)),
      handChecked: { document: isHandChecked(row.document_type), plate: plate !== null && isHandCheckedPlate(plate) },
      photos: { document: row.document_photo_id, face: row.face_photo_id },
    };
  });
}

export interface Remarkable {
  minor: MaskedPerson['minor'];
  handChecked: boolean;
}

/** What of these submissions' people a list says, without a word of who it is; submissions of which there is nothing to say are left out. */
export async function remarkableIn(
  reads: Reads,
  cipher: FieldCipher,
  submissions: string[],
): Promise<Map<string, Remarkable>> {
  const found = new Map<string, Remarkable>();
  if (submissions.length === 0) return found;
  const rows = await reads.rows<Row & { submission_id: string }>(
    `select id, submission_id, document_type, birth_day_enc, plate_enc from reservation_person
      where submission_id = any($1::uuid[]) and erased_at is null`,
    [submissions],
  );
  for (const row of rows) {
    const { open } = rowCipher(cipher, 'reservation_person', row.id);
    const [minor, plate] = [minorOf(open('birth_day_enc', row.birth_day_enc)), open('plate_enc', row.plate_enc)];
    const handChecked = isHandChecked(row.document_type) || (plate !== null && isHandCheckedPlate(plate));
    if (!minor && !handChecked) continue;
    const before = found.get(row.submission_id);
    found.set(row.submission_id, {
      minor: before?.minor === 'child' ? 'child' : (minor ?? before?.minor ?? null),
      handChecked: handChecked || (before?.handChecked ?? false),
    });
  }
  return found;
}

/**
 * One full document number, only of a person within this submission. Call it in the transaction that
 * records the unmasking: no number is seen without its audit row.
 */
export async function unmaskDocument(
  trx: Knex,
  cipher: FieldCipher,
  of: { submission: string; person: string },
): Promise<string | undefined> {
  const row = await trx('reservation_person')
    .where({ id: of.person, submission_id: of.submission })
    .first('id', 'document_enc');
  if (!row?.document_enc) return undefined;
  return cipher.open({ table: 'reservation_person', column: 'document_enc', row: row.id }, row.document_enc);
}

interface Row extends PersonColumns {
  ordinal: number;
  document_photo_id: string | null;
  face_photo_id: string | null;
}
