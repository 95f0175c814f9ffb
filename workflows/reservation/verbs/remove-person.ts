import type { CompiledPolicy } from '../../../domain/projection.ts';
import { advance } from '../advance.ts';
import { revokePass } from '../passes.ts';
import { keepPlaces } from '../places.ts';
import { passesAreOut, policyOf } from '../visit.ts';
import type { Verb } from './verb.ts';

/** Narrowing by one person: their pass is worthless at once, what the others have stays as it is. */
export const removePerson: Verb<'remove_person'> = {
  refuse(visit, { ordinal }) {
    if (visit.over) return 'wrong_stage';
    const known = [visit.policy, visit.change].some((policy) => policy?.ordinals.includes(ordinal));
    return ordinal > 0 && known ? undefined : 'no_such_person';
  },

  handle(visit, { ordinal, actor }) {
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
    const answer = advance(visit, {}, [{ kind: 'person_removed', actor }]);
    if (passesAreOut(visit)) revokePass(visit, ordinal);
    keepPlaces(visit);
    return answer;
  },
};
