import type { CompiledPolicy } from '../../../domain/projection.ts';
import type { Answer } from '../../../domain/request.ts';
import { advance, type Happened } from '../advance.ts';
import { revokePass } from '../passes.ts';
import { keepPlaces } from '../places.ts';
import { passesAreOut, policyOf, type Visit } from '../visit.ts';
import type { Verb } from './verb.ts';

/** Narrowing by one person: their pass is worthless at once, what the others have stays as it is. */
export const removePerson: Verb<'remove_person'> = {
  refuse(visit, { ordinal }) {
    if (visit.over) return 'wrong_stage';
    return findInParty(visit, ordinal) ? undefined : 'no_such_person';
  },

  handle(visit, { ordinal, actor }) {
    const answer = withoutPerson(visit, ordinal, { kind: 'person_removed', actor });
    if (passesAreOut(visit)) revokePass(visit, ordinal);
    keepPlaces(visit);
    return answer;
  },
};

/** A companion of the standing visit, or of a change of it; the lead is taken out by ending the visit. */
export const findInParty = ({ policy, change }: Visit, ordinal: number): boolean =>
  ordinal > 0 && [policy, change].some((known) => known?.ordinals.includes(ordinal));

/** The party is smaller from now on, and so is that of a change. Passes and places are the caller's. */
export function withoutPerson(visit: Visit, ordinal: number, happened: Happened): Answer {
  const without = (policy: CompiledPolicy): CompiledPolicy => {
    const ordinals = policy.ordinals.filter((other) => other !== ordinal);
    return {
      ...policy,
      ordinals,
      awaited: policy.awaited.filter((other) => other !== ordinal),
      persons: ordinals.length,
    };
  };
  visit.underAdmission?.removed.add(ordinal);
  visit.policy = without(policyOf(visit));
  if (visit.change) visit.change = without(visit.change);
  return advance(visit, {}, [happened]);
}
