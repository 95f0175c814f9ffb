import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError } from '../../platform/errors.ts';
import { keepDecision } from '../../store/decision.ts';
import { findRequest, keepRequest } from '../../store/request.ts';
import type { Task } from '../../store/task.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { renderTask, taskOf } from './task.ts';

const decisionForm = z.object({
  /** Made with the page: the same form twice is one decision. */
  request: z.string().refine(isUuid),
  verdict: z.enum(['approved', 'rejected']),
  reason: z.string().default('').transform(normaliseText),
});
type DecisionForm = z.infer<typeof decisionForm>;

const longestReason = 200;

/** Keeps the decision beside its request, then hands it to the workflow and shows what became of it. */
export function decideTask(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const form = readForm(req);
    const problem = findReasonProblem(form);
    if (problem) {
      return renderTask(deps, res.status(422), task, {
        request: form.request,
        typed: { reason: form.reason },
        fields: { reason: problem },
      });
    }
    const repeated = await findRequest(deps.db, form.request);
    if (!repeated) {
      if (task.status !== 'open') return showConflict(deps, res, task, 'task_closed');
      if (task.deciding) return res.redirect(303, `/inbox/${task.id}`);
    }
    await keep(deps, req, res, task, form);

    const delivered = await deps.delivery.deliver(form.request);
    if (delivered.status === 'answered' && !delivered.answer.ok) {
      return showConflict(deps, res, await taskOf(deps, req, res), delivered.answer.code);
    }
    res.redirect(303, `/inbox/${task.id}`);
  };
}

function readForm(req: Request): DecisionForm {
  const form = decisionForm.safeParse(req.body);
  if (!form.success) throw new AppError('bad_request', { status: 400 });
  return form.data;
}

/** A refusal tells why: the visitor reads it. */
function findReasonProblem({ verdict, reason }: DecisionForm): string | undefined {
  const problem = findTextProblem(reason, { max: longestReason, required: verdict === 'rejected', lines: true });
  if (!problem) return undefined;
  return { empty: 'field.refusal_reason_empty', long: 'field.refusal_reason_too_long', characters: 'field.characters' }[
    problem
  ];
}

async function keep(deps: WebDeps, req: Request, res: Response, task: Task, form: DecisionForm): Promise<void> {
  const staff = whoIs(res).id;
  await deps.db.transaction(async (trx) => {
    await keepRequest(trx, {
      id: form.request,
      reservation: task.reservation,
      kind: 'decide',
      actor: { kind: 'staff', id: staff },
      payload: { task: task.id, verdict: form.verdict },
    });
    const isNew = await keepDecision(trx, deps.cipher, {
      request: form.request,
      reservation: task.reservation,
      staff,
      verdict: form.verdict,
      reason: form.reason,
    });
    if (!isNew) return;
    const act = {
      action: form.verdict === 'approved' ? 'task_approved' : 'task_rejected',
      subject: { kind: 'reservation', id: task.reservation },
      detail: { task: task.id, request: form.request },
    } as const;
    await recordAct(deps, req, res, act, trx);
  });
}

/** Somebody was faster, or there is nothing left to decide: said kindly, with what stands now. */
async function showConflict(deps: WebDeps, res: Response, task: Task, code: string): Promise<void> {
  await renderTask(deps, res.status(409), task, { notice: { kind: 'failed', text: res.locals.t(`refusal.${code}`) } });
}
