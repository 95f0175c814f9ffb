import type { CompiledPolicy } from '../../../domain/projection.ts';
import { advance } from '../advance.ts';
import { issueLate } from '../passes.ts';
import { awaitsDetails, passesAreOut } from '../visit.ts';
import type { Verb } from './verb.ts';

/** Somebody awaited is complete. Where the others have their passes, theirs follows at once. */
export const personReady: Verb<'person_ready'> = {
  refuse(visit, { submission, ordinal }) {
    if (visit.over) return 'wrong_stage';
    if (visit.underAdmission?.submission === submission) return undefined;
    if (awaitsDetails(visit)) return 'wrong_stage';
    const awaits = [visit.policy, visit.change].some(
      (policy) => policy?.submission === submission && policy.awaited.includes(ordinal),
    );
    return awaits ? undefined : 'not_awaited';
  },

  handle(visit, { submission, ordinal, actor }) {
    const readied = (policy: CompiledPolicy): CompiledPolicy => ({
      ...policy,
      awaited: policy.awaited.filter((awaited) => awaited !== ordinal),
    });
    const stands = visit.policy?.submission === submission;
    if (visit.underAdmission?.submission === submission) visit.underAdmission.readied.add(ordinal);
    if (visit.policy && stands) visit.policy = readied(visit.policy);
    if (visit.change?.submission === submission) visit.change = readied(visit.change);
    const answer = advance(visit, {}, [{ kind: 'person_ready', actor }]);
    if (stands && passesAreOut(visit)) issueLate(visit, ordinal);
    return answer;
  },
};
