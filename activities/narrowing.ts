import type { Submission, SubmittedPerson } from '../store/reservations/submission.ts';

/**
 * Whether a change stays within what was approved: the same visit to the same people, no earlier and no later, by
 * some of the same party, each with the same data, a plate at most left out. Then nobody need approve it once more.
 *
 * @param ordinals of the standing party: whoever was taken out of it does not come back unapproved
 */
export function narrows(standing: Submission, wished: Submission, ordinals: number[]): boolean {
  const party = [...wished.people, ...wished.awaited];
  return (
    same(standing, wished, ['channel', 'campus', 'department', 'reason', 'host']) &&
    sameOrNone(standing.note, wished.note) &&
    standing.from <= wished.from &&
    wished.until <= standing.until &&
    party.every(({ ordinal }) => ordinals.includes(ordinal)) &&
    wished.people.every((person) => isKnown(standing, person)) &&
    wished.awaited.every(({ ordinal, companion }) => isAwaited(standing, ordinal, companion))
  );
}

/** Somebody who was awaited and is ready now was approved as such. */
function isKnown(standing: Submission, person: SubmittedPerson): boolean {
  const before = standing.people.find(({ ordinal }) => ordinal === person.ordinal);
  if (!before) return person.companion !== null && isAwaited(standing, person.ordinal, person.companion);
  return (
    same(before, person, ['visitor', 'companion', 'name', 'sex', 'phone', 'documentType', 'document']) &&
    same(before, person, ['nationality', 'birthDay', 'unit', 'guardian']) &&
    sameOrNone(before.plate, person.plate) &&
    sameOrNone(before.documentPhoto, person.documentPhoto) &&
    sameOrNone(before.facePhoto, person.facePhoto)
  );
}

const isAwaited = ({ awaited }: Submission, ordinal: number, companion: string): boolean =>
  awaited.some((person) => person.ordinal === ordinal && person.companion === companion);

const same = <T>(before: T, after: T, fields: (keyof T)[]): boolean =>
  fields.every((field) => before[field] === after[field]);

const sameOrNone = (before: string | null, after: string | null): boolean => after === null || after === before;
