import type { ProjectedTask } from '../../../domain/projection.ts';
import type { SeatAt } from '../../../domain/staff-role.ts';
import { advance } from '../advance.ts';
import { refuseClosedTask } from '../tasks.ts';
import type { Verb } from './verb.ts';

/**
 * A task that waits becomes another seat's: 转交, or back from somebody whose it is not. Time and reminders go on as they
 * were. A proposal of another time ends, since nobody stands by it any more.
 */
export const transfer: Verb<'transfer' | 'decline'> = {
  refuse: refuseClosedTask,

  handle(visit, { task, to, kind, request, actor }) {
    if (visit.proposal?.task === task) delete visit.proposal;
    visit.tasks = visit.tasks.map((known) => (known.task === task ? seatedAt(known, to) : known));
    const happened = kind === 'decline' ? 'declined' : 'transferred';
    return advance(visit, {}, [{ kind: happened, actor, reference: request }]);
  },
};

/** A ladder that had come to its end may go on with other people. */
function seatedAt({ role: _, people: __, rungAt, ...task }: ProjectedTask, to: SeatAt): ProjectedTask {
  return { ...task, ...to, ...(typeof rungAt === 'number' && { rungAt }) };
}
