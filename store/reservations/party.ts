import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { readCompanions } from '../companions/companion.ts';
import { leaving } from './leaving.ts';
import {
  type AwaitedPerson,
  readAwaited,
  readPeople,
  readSubmission,
  type Submission,
  type SubmittedPerson,
} from './submission.ts';

/** The people who belong to a visit now, as its workflow projects it: those submitted, without those who were taken out or left. */

export interface Party {
  people: SubmittedPerson[];
  awaited: Missing[];
}

export interface Missing extends AwaitedPerson {
  /**
   * What is missing, as far as the lead may know: a person who joined by their own account has not completed it; for
   * others it is what the lead's own book lacks, for a child under fourteen a guardian's agreement too.
   */
  lacks: 'own_details' | 'joining' | 'consent' | 'guardian';
}

export async function partyOf(db: Knex, cipher: FieldCipher, submission: string): Promise<Party> {
  const [people, awaited, ordinals] = await Promise.all([
    readPeople(db, cipher, submission),
    readAwaited(db, cipher, submission),
    ordinalsOf(db, submission),
  ]);
  const here = ({ ordinal }: { ordinal: number }) => ordinals?.includes(ordinal) ?? true;
  return { people: people.filter(here), awaited: await whatIsMissing(db, cipher, awaited.filter(here)) };
}

/** A submission as of now: what was submitted, with the people who still belong to it. */
export async function readCurrentSubmission(
  db: Knex,
  cipher: FieldCipher,
  id: string,
): Promise<Submission | undefined> {
  const submission = await readSubmission(db, cipher, id);
  return submission && { ...submission, ...(await partyOf(db, cipher, id)) };
}

/**
 * The same for a visitor who is about to submit it once more. The book's rows of its companions, and of `more`, stay
 * locked: a person who completes their details at this moment is either part of it, or finds it and follows.
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
  return readCurrentSubmission(trx, cipher, id);
}

/** Who comes, for the approved submission or a change that waits; undefined for any other, which is as it was submitted. */
async function ordinalsOf(db: Knex, submission: string): Promise<number[] | undefined> {
  const row = await db('submission as s')
    .join('reservation as r', 'r.id', 's.reservation_id')
    .where('s.id', submission)
    .first<{ ordinals: number[] | null; gone: number[] } | undefined>(
      db.raw(
        'case s.id when r.submission_id then r.ordinals when r.change_submission_id then r.change_ordinals end as ordinals',
      ),
      // A moment ahead of the row: a person who was taken out is gone as soon as that is answered.
      db.raw(`array(select ordinal from ${leaving('row')} gone where answered) as gone`),
    );
  return row?.ordinals?.filter((ordinal) => !row.gone.includes(ordinal));
}

async function whatIsMissing(db: Knex, cipher: FieldCipher, awaited: AwaitedPerson[]): Promise<Missing[]> {
  if (awaited.length === 0) return [];
  const ids = awaited.map(({ companion }) => companion);
  const [listed, removed] = await Promise.all([
    readCompanions(db, cipher, { ids }),
    // Out of the book, and still awaited on a visit that was asked for before.
    readCompanions(db, cipher, { ids, removed: true }),
  ]);
  const rows = [...listed, ...removed];
  return awaited.map((person): Missing => {
    const row = rows.find(({ id }) => id === person.companion);
    if (row?.kind === 'joined') return { ...person, lacks: 'own_details' };
    if (row?.kind !== 'declared') return { ...person, lacks: 'joining' };
    return { ...person, lacks: row.state === 'guardian' ? 'guardian' : 'consent' };
  });
}
