import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { readCompanions } from '../companions/companion.ts';
import {
  type AwaitedPerson,
  readAwaited,
  readPeople,
  readSubmission,
  type Submission,
  type SubmittedPerson,
} from './submission.ts';

/** Who belongs to a visit now: who was submitted, without those who were taken out or left. */

export interface Party {
  people: SubmittedPerson[];
  awaited: Missing[];
}

export interface Missing extends AwaitedPerson {
  /**
   * What the lead may know of it: somebody who joined by their own account has not completed it; else what the lead's
   * own book lacks: for a child under fourteen, a guardian's agreement too.
   */
  lacks: 'own_details' | 'joining' | 'consent' | 'guardian';
}

export async function partyOf(
  db: Knex,
  cipher: FieldCipher,
  { reservation, submission }: { reservation: string; submission: string },
): Promise<Party> {
  const [people, awaited, gone] = await Promise.all([
    readPeople(db, cipher, submission),
    readAwaited(db, cipher, submission),
    goneFrom(db, { reservation, submission }),
  ]);
  const here = ({ ordinal }: { ordinal: number }) => !gone.includes(ordinal);
  return { people: people.filter(here), awaited: await whatIsMissing(db, cipher, awaited.filter(here)) };
}

/** A submission as it stands now: what was submitted, with the people who still belong to it. */
export async function readStanding(db: Knex, cipher: FieldCipher, id: string): Promise<Submission | undefined> {
  const submission = await readSubmission(db, cipher, id);
  return submission && { ...submission, ...(await partyOf(db, cipher, { ...submission, submission: id })) };
}

/**
 * The same for whoever is about to submit it once more: the book's rows of its companions, and of `more`, stay locked, so
 * that somebody who completes their details at this moment is either in it, or finds it and follows.
 */
export async function lockSubmitted(
  trx: Knex,
  cipher: FieldCipher,
  id: string,
  more: string[] = [],
): Promise<Submission | undefined> {
  const companions = [
    ...(await trx('awaited_person').where({ submission_id: id }).pluck('companion_id')),
    ...(await trx('reservation_person')
      .where({ submission_id: id })
      .whereNotNull('companion_id')
      .pluck('companion_id')),
  ];
  await trx('companion')
    .whereIn('id', [...companions, ...more])
    .orderBy('id')
    .forUpdate()
    .select('id');
  return readStanding(trx, cipher, id);
}

/** Ordinals that were taken out one by one since it was submitted; what is submitted later numbers its people anew. */
export async function goneFrom(db: Knex, of: { reservation: string; submission: string }): Promise<number[]> {
  const rows: { ordinal: number }[] = await removals(db)
    .where({ 'q.reservation_id': of.reservation, 's.id': of.submission })
    .select(db.raw(`(q.payload->>'ordinal')::int as ordinal`));
  return rows.map(({ ordinal }) => ordinal);
}

/** Granted removals, each beside the submissions of its reservation that it took somebody out of. */
export const removals = (db: Knex) =>
  db('request as q')
    .join('submission as s', 's.reservation_id', 'q.reservation_id')
    .where({ 'q.kind': 'remove_person', 'q.status': 'answered' })
    .whereRaw('q.answered_at >= s.created_at');

async function whatIsMissing(db: Knex, cipher: FieldCipher, awaited: AwaitedPerson[]): Promise<Missing[]> {
  if (awaited.length === 0) return [];
  const ids = awaited.map(({ companion }) => companion);
  const [standing, removed] = await Promise.all([
    readCompanions(db, cipher, { ids }),
    // Out of the book, and still awaited on a visit that was asked for before.
    readCompanions(db, cipher, { ids, removed: true }),
  ]);
  const rows = [...standing, ...removed];
  return awaited.map((person): Missing => {
    const row = rows.find(({ id }) => id === person.companion);
    if (row?.kind === 'joined') return { ...person, lacks: 'own_details' };
    if (row?.kind !== 'declared') return { ...person, lacks: 'joining' };
    return { ...person, lacks: row.state === 'guardian' ? 'guardian' : 'consent' };
  });
}
