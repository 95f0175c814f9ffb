import { coreWith } from './activities.ts';
import { advance } from './advance.ts';
import { policyOf, type Visit } from './visit.ts';

/** Every person has a signed pass. What the gates make of it is seen at the gates; none holds this up. */
export async function pass(visit: Visit): Promise<void> {
  const { reservation } = visit.start;
  const { submission, until } = policyOf(visit);
  // Kept before the attempt: an attempt that was cut short may have issued some.
  visit.undo.push(() => coreWith('passes revoked').revokePasses({ reservation }));
  await coreWith('passes issued').issuePasses({ reservation, submission, version: visit.round + 1 });
  advance(visit, { stage: 'visit', stageUntil: until }, [
    { kind: 'pass_issued', actor: { kind: 'system', id: 'pass' } },
  ]);
}
