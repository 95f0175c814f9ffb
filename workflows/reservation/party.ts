import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Answer, RefusalCode, RequestPayloads } from '../../domain/request.ts';
import type { Asked } from '../messages/reservation.ts';
import { advance } from './advance.ts';
import { bindPass, issueLate, revokePass } from './passes.ts';
import { keepPlaces } from './places.ts';
import { awaitsDetails, passesStand, policyOf, readyOf, type Visit } from './visit.ts';

/** The people of a visit, each for themselves: who becomes ready, who is taken out, whose phone shows the pass. */

type Readied = Asked & RequestPayloads['person_ready'];

export function refusePersonReady(visit: Visit, { submission, ordinal }: Readied): RefusalCode | undefined {
  if (visit.over) return 'wrong_stage';
  if (visit.asking?.submission === submission) return undefined;
  if (awaitsDetails(visit)) return 'wrong_stage';
  const awaits = [visit.policy, visit.change].some(
    (policy) => policy?.submission === submission && policy.awaited.includes(ordinal),
  );
  return awaits ? undefined : 'not_awaited';
}

/** Where the others have their passes, theirs follows at once. */
export function handlePersonReady(visit: Visit, { submission, ordinal, actor }: Readied): Answer {
  const readied = (policy: CompiledPolicy): CompiledPolicy => ({
    ...policy,
    awaited: policy.awaited.filter((awaited) => awaited !== ordinal),
  });
  const stands = visit.policy?.submission === submission;
  if (visit.asking?.submission === submission) visit.asking.readied.add(ordinal);
  if (visit.policy && stands) visit.policy = readied(visit.policy);
  if (visit.change?.submission === submission) visit.change = readied(visit.change);
  const answer = advance(visit, {}, [{ kind: 'person_ready', actor }]);
  if (stands && passesStand(visit)) issueLate(visit, ordinal);
  return answer;
}

export function refuseRemoval(visit: Visit, { ordinal }: { ordinal: number }): RefusalCode | undefined {
  if (visit.over || awaitsDetails(visit)) return 'wrong_stage';
  const known = [visit.policy, visit.change].some((policy) => policy?.ordinals.includes(ordinal));
  return ordinal > 0 && known ? undefined : 'no_such_person';
}

/** Narrowing by one person: their pass is worthless at once, what the others have stays as it is. */
export function handleRemoval(visit: Visit, { ordinal, actor }: Asked & { ordinal: number }): Answer {
  const without = (policy: CompiledPolicy): CompiledPolicy => {
    const ordinals = policy.ordinals.filter((other) => other !== ordinal);
    return {
      ...policy,
      ordinals,
      awaited: policy.awaited.filter((other) => other !== ordinal),
      persons: ordinals.length,
    };
  };
  visit.asking?.removed.add(ordinal);
  visit.policy = without(policyOf(visit));
  if (visit.change) visit.change = without(visit.change);
  const answer = advance(visit, {}, [{ kind: 'person_removed', actor }]);
  if (passesStand(visit)) revokePass(visit, ordinal);
  keepPlaces(visit);
  return answer;
}

type Binding = Asked & RequestPayloads['bind_phone'];

export function refuseBinding(visit: Visit, { ordinal }: Binding): RefusalCode | undefined {
  if (visit.stage !== 'visit' || visit.over) return 'wrong_stage';
  return readyOf(policyOf(visit)).includes(ordinal) ? undefined : 'no_such_person';
}

/** Answered when the next version is there, so that the phone need not ask again. */
export async function handleBinding(visit: Visit, { ordinal, binding, actor }: Binding): Promise<Answer> {
  const answer = advance(visit, {}, [{ kind: 'phone_bound', actor, reference: binding }]);
  await bindPass(visit, ordinal, binding);
  return answer;
}
