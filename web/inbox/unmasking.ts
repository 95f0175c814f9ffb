import type { RequestHandler } from 'express';
import type { WebDeps } from '../deps.ts';
import { answerUnmasking } from '../staff/unmasking.ts';
import { renderTask, taskOf } from './task.ts';

/** Shows one full document number on this one answer. */
export function unmaskForTask(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    await answerUnmasking(deps, { req, res }, task, (answer, more) => renderTask(deps, answer, task, more));
  };
}
