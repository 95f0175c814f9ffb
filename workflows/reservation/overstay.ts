import { condition, patched } from '@temporalio/workflow';
import { overstayEvents, overstayLadder } from '../../domain/overstay.ts';
import { coreWith } from './activities.ts';
import { advance } from './advance.ts';
import { beside } from './beside.ts';
import { isOverstayed, policyOf, type Visit } from './visit.ts';

/**
 * Waits until everybody was seen leaving, somebody says that they have, the visit is extended, or nobody is waited for any
 * longer. Whoever left in time costs nothing of it. One rung after the other asks, and only the last one tells security; where one is
 * late, since gates or workers were away, what follows is as late: nobody is asked and told of in the same moment.
 */
export async function overstay(visit: Visit): Promise<void> {
  const { overstay: times } = visit.start.durations;
  if (!times || !isOverstayed(visit)) return;
  const { until } = policyOf(visit);
  delete visit.overstay;
  const isOver = () => !isOverstayed(visit) || policyOf(visit).until !== until;
  const { rungs, close } = overstayLadder(until, times);
  let late = 0;
  for (const [n, due] of rungs.entries()) {
    if (await comes(isOver, due + late)) return;
    if (Date.now() - due > late && patched('late rungs')) late = Date.now() - due;
    climb(visit, n + 1);
  }
  await comes(isOver, close + late);
}

const comes = async (isOver: () => boolean, due: number): Promise<boolean> =>
  isOver() ||
  (due > Date.now() && (await condition(isOver, due - Date.now(), { summary: 'somebody is still inside' })));

function climb(visit: Visit, rung: number): void {
  const kind = overstayEvents[rung - 1];
  if (!kind) return;
  visit.overstay = rung;
  advance(visit, {}, [{ kind, actor: { kind: 'system', id: 'overstay' } }]);
  const { reservation } = visit.start;
  const { seq } = visit;
  beside(visit, () => coreWith('somebody is still inside').tellOfOverstay({ reservation, seq, rung }));
}
