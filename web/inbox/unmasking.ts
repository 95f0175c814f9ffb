import type { RequestHandler } from 'express';
import type { WebDeps } from '../deps.ts';
import { readUnmasking, unmask } from '../staff/unmasking.ts';
import { renderTask, taskOf } from './task.ts';

/** Shows one full document number on this one answer. */
export function unmaskForTask(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const wish = readUnmasking(req, res);
    if (wish.problem) {
      return renderTask(deps, res.status(422), task, {
        typed: { unmaskReason: wish.reason, person: wish.person },
        fields: { unmask_reason: wish.problem },
      });
    }
    const of = { reservation: task.reservation, submission: task.submission };
    const number = await unmask(deps, req, res, { ...wish, ...of });
    await renderTask(deps, res, task, { unmasked: { person: wish.person, number } });
  };
}
