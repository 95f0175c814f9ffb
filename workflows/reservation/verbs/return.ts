import { advance } from '../advance.ts';
import { tell } from '../notification.ts';
import { keepPlaces } from '../places.ts';
import { refuseClosedTask, signTask, withdrawTasks } from '../tasks.ts';
import { policyOf } from '../visit.ts';
import type { Verb } from './verb.ts';

/**
 * The approver sends the request back to be corrected: the same reservation, its next round. What was submitted
 * stays in view; its places are free. Not corrected before its window ends, it expires.
 */
export const sendBack: Verb<'return'> = {
  refuse: refuseClosedTask,

  handle(visit, { task, request, actor }) {
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
  },
};
