import type { RequestHandler } from 'express';
import { z } from 'zod';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError } from '../../platform/errors.ts';
import type { WebDeps } from '../deps.ts';
import { answerTask } from './answering.ts';
import { keepAnswer, longestReason } from './form.ts';

const decisionForm = z.object({
  verdict: z.enum(['approved', 'rejected']),
  reason: z.string().default('').transform(normaliseText),
});
type DecisionForm = z.infer<typeof decisionForm>;

/** Keeps the decision beside its request, then hands it to the workflow and shows what became of it. */
export function decideTask(deps: WebDeps): RequestHandler {
  return answerTask<DecisionForm>(deps, {
    read(req) {
      const form = decisionForm.safeParse(req.body);
      if (!form.success) throw new AppError('bad_request', { status: 400 });
      return form.data;
    },
    check(form) {
      const problem = findReasonProblem(form);
      return problem ? { reason: problem } : {};
    },
    typed: ({ reason }) => ({ reason }),
    keep: (exchange, task, id, { verdict, reason }) =>
      keepAnswer(deps, exchange, task, {
        id,
        kind: 'decide',
        payload: { task: task.id, verdict },
        verdict,
        reason,
        action: verdict === 'approved' ? 'task_approved' : 'task_rejected',
      }),
  });
}

/** A refusal tells why: the visitor reads it. */
function findReasonProblem({ verdict, reason }: DecisionForm): string | undefined {
  const problem = findTextProblem(reason, { max: longestReason, required: verdict === 'rejected', lines: true });
  if (!problem) return undefined;
  return { empty: 'field.refusal_reason_empty', long: 'field.refusal_reason_too_long', characters: 'field.characters' }[
    problem
  ];
}
