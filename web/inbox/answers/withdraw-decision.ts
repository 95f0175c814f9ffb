import { refusalIn } from '../../../domain/request.ts';
import { findTextProblem } from '../../../domain/text.ts';
import { refuseWithdrawal } from '../../../domain/withdrawal.ts';
import { AppError } from '../../../platform/errors.ts';
import { checkWithdrawal, ownApproval } from '../../../store/approval/withdrawal.ts';
import { longestReason, type TaskVerb } from './verb.ts';

const problems = {
  empty: 'field.withdraw_reason_empty',
  long: 'field.refusal_reason_too_long',
  characters: 'field.characters',
} as const;

/** 撤回: one's own approval, while the pass is unused; else the page says why it stays. The workflow has the last word. */
export const withdrawDecision: TaskVerb<'withdraw_decision', 'withdraw_reason' | 'withdraw_decision'> = {
  kind: 'withdraw_decision',
  path: 'withdrawal',
  texts: ['withdraw_reason', 'withdraw_decision'],
  status: 'approved',
  async offer(task, { db }) {
    if (refusalIn(task.stage, 'withdraw_decision')) return undefined;
    const approval = await ownApproval(db, task.reader, task.id);
    if (!approval) return undefined;
    const stays = refuseWithdrawal(approval, Date.now());
    return { decision: approval.decision, ...(stays && { stays: `${stays}.${task.stage}` }) };
  },
  check({ withdraw_reason, withdraw_decision }, task) {
    if (withdraw_decision !== task.decision?.request) throw new AppError('conflict', { status: 409 });
    const problem = findTextProblem(withdraw_reason, { max: longestReason, required: true, lines: true });
    return problem ? { withdraw_reason: problems[problem] } : {};
  },
  say: ({ withdraw_reason, withdraw_decision: decision }, task) => ({
    payload: { task: task.id, decision },
    reason: withdraw_reason,
    write: (trx, request) => checkWithdrawal(trx, { request, task: task.id, decision, staff: task.reader }),
  }),
};
