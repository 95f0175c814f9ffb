import type { Knex } from 'knex';
import type { FieldCipher } from '../platform/crypto.ts';
import { type AwaitedPerson, readAwaited, readPeople, type SubmittedPerson } from './submission.ts';

/** Who belongs to a visit now: who was submitted, without those who were taken out or left. */

export interface Party {
  people: SubmittedPerson[];
  awaited: Missing[];
}

export interface Missing extends AwaitedPerson {
  /**
   * What the lead may know of it: somebody who joined by their own account has not completed it; else what the lead's
   * own book lacks.
   */
  lacks: 'own_details' | 'joining' | 'consent';
}

export async function partyOf(
  db: Knex,
  cipher: FieldCipher,
  { reservation, submission }: { reservation: string; submission: string },
): Promise<Party> {
  const [people, awaited, gone] = await Promise.all([
    readPeople(db, cipher, submission),
    readAwaited(db, cipher, submission),
    goneFrom(db, reservation),
  ]);
  const here = ({ ordinal }: { ordinal: number }) => !gone.includes(ordinal);
  return { people: people.filter(here), awaited: await whatIsMissing(db, awaited.filter(here)) };
}

/** Ordinals that were taken out one by one; none is ever given again. */
export const goneFrom = (db: Knex, reservation: string): Promise<number[]> =>
  db('request')
    .where({ reservation_id: reservation, kind: 'remove_person', status: 'answered' })
    .select(db.raw(`(payload->>'ordinal')::int as ordinal`))
    .then((rows: { ordinal: number }[]) => rows.map(({ ordinal }) => ordinal));

async function whatIsMissing(db: Knex, awaited: AwaitedPerson[]): Promise<Missing[]> {
  if (awaited.length === 0) return [];
  const rows = await db('companion')
    .whereIn(
      'id',
      awaited.map(({ companion }) => companion),
    )
    .select('id', 'member_id', 'document_hash');
  return awaited.map((person): Missing => {
    const row = rows.find(({ id }) => id === person.companion);
    if (row?.member_id) return { ...person, lacks: 'own_details' };
    return { ...person, lacks: row?.document_hash ? 'consent' : 'joining' };
  });
}
