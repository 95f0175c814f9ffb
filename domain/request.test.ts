import { describe, expect, it, test } from 'vitest';
import { answerAction, answersThatClose, refusalIn, requestKinds, requests, taskStatuses } from './request.ts';
import { stages } from './reservation.ts';

describe('the stages in which a reservation takes a request', () => {
  it('takes nothing more once it is closed', () => {
    expect(requestKinds.map((kind) => refusalIn('closed', kind))).toEqual(requestKinds.map(() => 'closed'));
  });

  it.each([
    ['ready', ['registration', 'details'], 'wrong_stage'],
    ['submit', ['registration', 'details'], 'wrong_stage'],
    ['decide', ['approval', 'payment', 'pass', 'visit'], 'task_closed'],
    ['cancel', ['details', 'approval', 'payment', 'pass', 'visit'], 'wrong_stage'],
    ['resend_code', ['visit'], 'wrong_stage'],
    ['change', ['approval', 'payment', 'pass', 'visit'], 'wrong_stage'],
    ['withdraw_change', ['payment', 'pass', 'visit'], 'no_change_pending'],
    ['return', ['approval'], 'task_closed'],
    ['propose_time', ['approval'], 'task_closed'],
    ['answer_proposal', ['approval'], 'no_proposal'],
    ['nudge', ['approval', 'payment', 'pass', 'visit'], 'wrong_stage'],
    ['person_ready', ['registration', 'details', 'approval', 'payment', 'pass', 'visit'], 'wrong_stage'],
    ['remove_person', ['approval', 'payment', 'pass', 'visit'], 'wrong_stage'],
    ['bind_phone', ['visit'], 'wrong_stage'],
  ] as const)('%s in %s, else %s', (kind, taken, elsewhere) => {
    const open = stages.filter((stage) => stage !== 'closed');
    expect(open.filter((stage) => !refusalIn(stage, kind))).toEqual(taken);
    for (const stage of open) expect([undefined, elsewhere]).toContain(refusalIn(stage, kind));
  });
});

describe('answers to a task', () => {
  it('have an action in the audit for each verdict', () => {
    expect(answerAction('decide', 'approved')).toBe('task_approved');
    expect(answerAction('decide', 'rejected')).toBe('task_rejected');
    expect(answerAction('return', 'returned')).toBe('task_returned');
    expect(answerAction('propose_time', 'proposed')).toBe('time_proposed');
    for (const kind of requestKinds) {
      const entry = requests[kind];
      if ('task' in entry) expect(entry.audit).toHaveLength(entry.task.verdicts.length);
    }
  });

  test('close it, or leave it open', () => {
    expect(answersThatClose(true)).toEqual(['decide', 'return']);
    const leaveOpen = [
      'propose_time',
      'transfer',
      'decline',
      'withdraw_decision',
      'add_signer',
      'remove_signer',
      'return_to_step',
    ];
    expect(answersThatClose(false)).toEqual(leaveOpen);
    expect(taskStatuses).toEqual(['open', 'approved', 'rejected', 'returned', 'withdrawn']);
  });
});
