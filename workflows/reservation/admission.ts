import { CancellationScope } from '@temporalio/workflow';
import type { CompiledPolicy } from '../../domain/projection.ts';
import type { Admission } from '../messages/activities.ts';
import { coreWith } from './activities.ts';
import { keepPlaces } from './places.ts';
import { type Asking, isOpen, policyOf, type Visit } from './visit.ts';

/** Asks whether a submission may be had, by today's data. One at a time: two wishes cannot both be admitted. */
export async function admission(visit: Visit, submission: string, replaces?: CompiledPolicy): Promise<Admission> {
  const { reservation } = visit.start;
  const asking: Asking = { submission, readied: new Set(), removed: new Set(), placesToTrim: false };
  visit.asking = asking;
  const admitted = await coreWith('admission').admit({
    reservation,
    submission,
    seq: visit.seq + 1,
    ...(replaces && { replaces: { submission: replaces.submission, ordinals: replaces.ordinals } }),
  });
  delete visit.asking;
  const answer = admitted.ok ? { ...admitted, policy: asOfNow(admitted.policy, asking) } : admitted;
  if (asking.placesToTrim) keepPlaces(visit, answer.ok ? answer.policy : undefined);
  return answer;
}

/**
 * The same of something that is to stand in place of what was admitted. Whoever closes the reservation meanwhile
 * is waited for: `closed`.
 */
export async function admitInPlaceOf(visit: Visit, submission: string): Promise<Admission | { ok: 'closed' }> {
  const admitted = await CancellationScope.nonCancellable(() => admission(visit, submission, policyOf(visit)));
  return isOpen(visit) ? admitted : { ok: 'closed' };
}

/** Whoever was taken out while it was checked stays out; whoever became ready is. */
function asOfNow(policy: CompiledPolicy, { readied, removed }: Asking): CompiledPolicy {
  const ordinals = policy.ordinals.filter((ordinal) => !removed.has(ordinal));
  const awaited = policy.awaited.filter((ordinal) => !removed.has(ordinal) && !readied.has(ordinal));
  return { ...policy, ordinals, awaited, persons: ordinals.length };
}
