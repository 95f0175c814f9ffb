import type { RequestHandler } from 'express';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { answerTask } from './answering.ts';
import { keepAnswer, longestReason } from './form.ts';

const problems = {
  empty: 'field.return_reason_empty',
  long: 'field.return_reason_too_long',
  characters: 'field.characters',
} as const;

/** 退回修改: the visitor corrects the request and submits it again; what to correct is said with it. */
export function returnTask(deps: WebDeps): RequestHandler {
  return answerTask<{ reason: string }>(deps, {
    read: (req) => ({ reason: normaliseText(textOf(req.body, 'return_reason')) }),
    check({ reason }) {
      const problem = findTextProblem(reason, { max: longestReason, required: true, lines: true });
      return problem ? { return_reason: problems[problem] } : {};
    },
    typed: ({ reason }) => ({ returnReason: reason }),
    keep: (exchange, task, id, { reason }) =>
      keepAnswer(deps, exchange, task, {
        id,
        kind: 'return',
        payload: { task: task.id },
        verdict: 'returned',
        reason,
        action: 'task_returned',
      }),
  });
}
