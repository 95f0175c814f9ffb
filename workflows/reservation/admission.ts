import { CancellationScope } from '@temporalio/workflow';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Admission } from '../messages/activities.ts';
import { coreWith } from './activities.ts';
import { keepPlaces } from './places.ts';
import { isOpen, policyOf, type UnderAdmission, type Visit } from './visit.ts';

/** Asks whether a submission may be had, by today's data. One at a time: two wishes cannot both be admitted. */
export async function admission(visit: Visit, submission: string, replaces?: CompiledPolicy): Promise<Admission> {
  const { reservation } = visit.start;
  const meanwhile: UnderAdmission = { submission, readied: new Set(), removed: new Set(), placesToTrim: false };
  visit.underAdmission = meanwhile;
  const admitted = await coreWith('admission').admit({
    reservation,
    submission,
    seq: visit.seq + 1,
    ...(replaces && { replaces: { submission: replaces.submission, ordinals: replaces.ordinals } }),
  });
  delete visit.underAdmission;
  const answer = admitted.ok ? { ...admitted, policy: asOfNow(admitted.policy, meanwhile) } : admitted;
  if (meanwhile.placesToTrim) keepPlaces(visit, answer.ok ? answer.policy : undefined);
  return answer;
}

/**
 * The same for a submission that replaces the admitted one. When the reservation is closed meanwhile, the answer is
 * waited for all the same, and is `closed`.
 */
export async function admitInPlaceOf(visit: Visit, submission: string): Promise<Admission | { ok: 'closed' }> {
  const admitted = await CancellationScope.nonCancellable(() => admission(visit, submission, policyOf(visit)));
  return isOpen(visit) ? admitted : { ok: 'closed' };
}

/** People who were taken out during the check stay out; people who became ready during it are ready. */
function asOfNow(policy: CompiledPolicy, { readied, removed }: UnderAdmission): CompiledPolicy {
  const ordinals = policy.ordinals.filter((ordinal) => !removed.has(ordinal));
  const awaited = policy.awaited.filter((ordinal) => !removed.has(ordinal) && !readied.has(ordinal));
  return { ...policy, ordinals, awaited, persons: ordinals.length };
}
