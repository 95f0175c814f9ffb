import { advance } from './advance.ts';
import { inTurn, issuing } from './passes.ts';
import { policyOf, readyOf, type Visit } from './visit.ts';

/**
 * Every person who is ready has a signed pass; a person who is awaited follows. What the gates make of it is seen at the
 * gates; none holds this up.
 */
export async function pass(visit: Visit): Promise<void> {
  // Kept before the attempt: an attempt that was cut short may have issued some.
  if (!visit.undo.includes('passes')) visit.undo.push('passes');
  await inTurn(visit, issuing(visit, 'passes issued', { ordinals: readyOf(policyOf(visit)) }));
  advance(visit, { stage: 'visit', stageUntil: policyOf(visit).until }, [
    { kind: 'pass_issued', actor: { kind: 'system', id: 'pass' } },
  ]);
}
