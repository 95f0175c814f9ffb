import { findTextProblem } from '../../../domain/text.ts';
import { AppError } from '../../../platform/errors.ts';
import { keepTransfer, seatAfterDecline } from '../../../store/approval/transfer.ts';
import { problems } from './transfer.ts';
import { longestReason, type TaskVerb } from './verb.ts';

/** Not theirs to decide: back to the reception of the department, or up the tree. */
export const decline: TaskVerb<'decline', 'decline_reason'> = {
  kind: 'decline',
  path: 'decline',
  texts: ['decline_reason'],
  async offer(task, { db }) {
    return (await seatAfterDecline(db, task.id)) ? {} : undefined;
  },
  async check({ decline_reason }, task, { db }) {
    const problem = findTextProblem(decline_reason, { max: longestReason, required: true, lines: true });
    if (problem) return { decline_reason: problems[problem] };
    return (await seatAfterDecline(db, task.id)) ? {} : { decline_reason: 'field.decline_nobody' };
  },
  async say({ decline_reason }, task, { db }) {
    const to = await seatAfterDecline(db, task.id);
    // It was checked a moment ago: somebody has signed or passed on beside it since.
    if (!to) throw new AppError('task_moved', { status: 409 });
    return {
      payload: { task: task.id, to },
      reason: decline_reason,
      write: (trx, request) => keepTransfer(trx, { request, task: task.id, to }),
    };
  },
};
