import type { RequestHandler } from 'express';
import { notFound } from '../../platform/errors.ts';
import type { WebDeps } from '../deps.ts';
import { answerRevocation } from '../revocations/answering.ts';
import { findTask, renderTask, taskOf } from './task.ts';

/** An approver or a head ends an approved visit from the page of its task. */
export function revokeFromTask(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id, reservation } = await taskOf(deps, req, res);
    await answerRevocation(
      deps,
      { req, res },
      {
        reservation,
        at: `/inbox/${id}`,
        show: async (answer, { again, refusal }) => {
          const task = await findTask(deps, req, answer);
          if (!task) throw notFound();
          const notice = refusal && { kind: 'failed' as const, text: refusal };
          await renderTask(deps, answer, task, { ...(again && { revocation: again }), ...(notice && { notice }) });
        },
      },
    );
  };
}
