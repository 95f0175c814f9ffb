import type { Knex } from 'knex';
import type { Person } from '../people/person.ts';
import type { SubmittedPerson } from './submission.ts';

/**
 * The lead of a submission, copied from the account's person: everything that is frozen with it, photographs included.
 * @param plate the one of this visit; null: on foot
 */
export async function submittedLead(
  trx: Knex,
  person: Person,
  of: { visitor: string; consent: string; plate: string | null },
): Promise<SubmittedPerson> {
  const photos: { id: string; kind: 'document' | 'face' }[] = await trx('photo')
    .where({ visitor_id: of.visitor, companion_id: null })
    .select('id', 'kind');
  const photo = (kind: 'document' | 'face') => photos.find((one) => one.kind === kind)?.id ?? null;
  return {
    ordinal: 0,
    person: person.id,
    personVersion: person.version,
    visitor: of.visitor,
    companion: null,

    consent: of.consent,
    name: person.name,
    sex: person.sex,
    phone: person.phone,

    documentType: person.documentType,
    document: person.document,
    nationality: person.nationality,

    birthDay: person.birthDay,
    plate: of.plate,
    unit: person.unit,
    guardian: person.guardian,

    documentPhoto: photo('document'),
    facePhoto: photo('face'),
  };
}
