import type { Answer } from '../../domain/request.ts';
import type { Asked } from '../messages/reservation.ts';
import { advance, withdrawTasks } from './advance.ts';
import { signTask } from './approval.ts';
import { tell } from './notification.ts';
import { keepPlaces } from './places.ts';
import { policyOf, type Visit } from './visit.ts';

/**
 * The approver sends the request back to be corrected: the same reservation, its next round. What was submitted
 * stays in view; its places are free. Not corrected before its window ends, it expires.
 */
export function handleReturn(visit: Visit, { task, request, actor }: Asked & { task: string }): Answer {
  signTask(visit, task, { status: 'returned', decision: request });
  withdrawTasks(visit);
  delete visit.proposal;
  visit.round += 1;
  visit.undo.length = 0;
  const stageUntil = Math.min(policyOf(visit).until, Date.now() + visit.start.durations.draftTtl);
  const answer = advance(visit, { stage: 'details', stageUntil }, [{ kind: 'returned', actor, reference: request }]);
  keepPlaces(visit);
  tell(visit, 'returned', { decision: request });
  return answer;
}
