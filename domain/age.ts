import { ageOn, type Instant } from './time.ts';

/** People who are too young to agree alone. Ages in years, by the calendar date in Shanghai; an unknown birth date is an adult's. */

/** PIPL art. 31: under fourteen a guardian agrees. */
const guardianAge = 14;
/** Civil Code art. 17: under eighteen somebody is a minor. */
const fullAge = 18;

export type Minor = 'child' | 'minor';

/** `child`: a guardian has to agree; `minor`: it is only said. @param birthDay 'YYYY-MM-DD' */
export function minorOf(birthDay: string | null, now: Instant = Date.now()): Minor | null {
  if (birthDay === null) return null;
  const age = ageOn(birthDay, now);
  if (age < guardianAge) return 'child';
  return age < fullAge ? 'minor' : null;
}

export const isChild = (birthDay: string | null, now: Instant = Date.now()): boolean =>
  minorOf(birthDay, now) === 'child';

/** @param of.guardian the guardian who agreed, where one did */
export const needsGuardian = (
  of: { birthDay: string | null; guardian: string | null },
  now: Instant = Date.now(),
): boolean => of.guardian === null && isChild(of.birthDay, now);
