import { isDeepStrictEqual } from 'node:util';
import { answersNarrow } from '../domain/visit-answers.ts';
import type { Submission, SubmittedPerson } from '../store/reservations/submission.ts';

/**
 * Whether a change stays within what was approved: the same visit to the same people, no earlier and no later, by
 * some of the same party, each with the same data, a plate at most left out. Then nobody need approve it once more.
 * Everything is compared, also what is added to a submission one day, except what is named here: what was forgotten
 * asks for approval.
 *
 * @param ordinals of the standing party: a person who was taken out of it does not come back unapproved
 */
export function narrows(standing: Submission, wished: Submission, ordinals: number[]): boolean {
  const party = [...wished.people, ...wished.awaited];
  return isWithin(standing, wished, submissionExceptions) && party.every(({ ordinal }) => ordinals.includes(ordinal));
}

/** How a field may differ and still ask for nothing more. */
type Exceptions<T> = { [Field in keyof T]?: (before: T[Field], after: T[Field], standing: T) => boolean };

const always = () => true;
const leftOut = (before: string | null, after: string | null): boolean => after === null || after === before;

const submissionExceptions: Exceptions<Submission> = {
  // These say which row it is, not what it asks for.
  id: always,
  kind: always,
  base: always,

  answers: answersNarrow,
  from: (before, after) => before <= after,
  until: (before, after) => after <= before,
  people: (_, people, standing) => people.every((person) => isKnown(standing, person)),
  awaited: (before, after) => after.every((person) => before.some((one) => isDeepStrictEqual(one, person))),
};

const personExceptions: Exceptions<SubmittedPerson> = {
  // The same data, saved or agreed to once more.
  personVersion: always,
  consent: always,

  plate: leftOut,
  documentPhoto: leftOut,
  facePhoto: leftOut,
};

/** Somebody who was awaited and is ready now was approved as such. */
function isKnown({ people, awaited }: Submission, person: SubmittedPerson): boolean {
  const before = people.find(({ ordinal }) => ordinal === person.ordinal);
  if (before) return isWithin(before, person, personExceptions);
  return awaited.some(({ ordinal, companion }) => ordinal === person.ordinal && companion === person.companion);
}

function isWithin<T extends object>(before: T, after: T, exceptions: Exceptions<T>): boolean {
  const fields = Object.keys({ ...before, ...after }) as (keyof T)[];
  return fields.every((field) => {
    const within = exceptions[field] ?? isDeepStrictEqual;
    return within(before[field], after[field], before);
  });
}
