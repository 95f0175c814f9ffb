import type { Request, RequestHandler, Response } from 'express';
import type { Task } from '../../store/approval/task.ts';
import { findRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { readRequestId, showConflict } from './form.ts';
import { renderTask, type TaskPage, taskOf } from './task.ts';

interface Handling<Form> {
  read(req: Request): Form;
  /** What is wrong with it, by field; its texts are shown again. */
  check(form: Form, task: Task): Record<string, string>;
  /** The texts that a refused form shows again. */
  typed(form: Form): TaskPage['typed'];
  keep(exchange: { req: Request; res: Response }, task: Task, request: string, form: Form): Promise<void>;
}

/** From an approver's form to the workflow's answer, for whatever may be said of a task. */
export function answerTask<Form>(deps: WebDeps, handling: Handling<Form>): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const request = readRequestId(req);
    const form = handling.read(req);
    const fields = handling.check(form, task);
    if (Object.keys(fields).length > 0) {
      return renderTask(deps, res.status(422), task, { request, typed: handling.typed(form) ?? {}, fields });
    }
    const repeated = await findRequest(deps.db, request);
    if (!repeated) {
      if (task.status !== 'open') return showConflict(deps, res, task, 'task_closed');
      if (task.deciding) return res.redirect(303, `/inbox/${task.id}`);
    }
    await handling.keep({ req, res }, task, request, form);

    const delivered = await deps.delivery.deliver(request);
    if (delivered.status === 'answered' && !delivered.answer.ok) {
      return showConflict(deps, res, await taskOf(deps, req, res), delivered.answer.code);
    }
    res.redirect(303, `/inbox/${task.id}`);
  };
}
