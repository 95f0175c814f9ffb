import type { RequestHandler } from 'express';
import { findTextProblem, normaliseText } from '../../domain/text.ts';
import { AppError } from '../../platform/errors.ts';
import { longestComment, writeComment } from '../../store/approval/comment.ts';
import type { WebDeps } from '../deps.ts';
import { textOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { renderTask, taskOf } from './task.ts';

const problems = { empty: 'field.comment_empty', long: 'field.too_long', characters: 'field.characters' } as const;

/** Says something beside the decision: to the visitor, who is told of it and may answer, or to colleagues. */
export function comment(deps: WebDeps): RequestHandler {
  const { db, cipher } = deps;
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const id = textOf(req.body, 'key');
    if (!isUuid(id)) throw new AppError('bad_request', { status: 400 });
    const typed = {
      to: textOf(req.body, 'comment_to'),
      text: normaliseText(textOf(req.body, 'comment_text')),
      key: id,
    };
    const problem = findTextProblem(typed.text, { max: longestComment, required: true, lines: true });
    const fields = {
      ...(typed.to !== 'visitor' && typed.to !== 'staff' && { comment_to: 'field.comment_to_empty' }),
      ...(typed.to === 'visitor' && task.status !== 'open' && { comment_to: 'field.comment_closed' }),
      ...(problem && { comment_text: problems[problem] }),
    };
    const again = (more: Record<string, string>) =>
      renderTask(deps, res.status(422), task, { comment: typed, fields: more });
    if (Object.keys(fields).length > 0) return again(fields);
    const toVisitor = typed.to === 'visitor';
    const { reservation } = task;
    const kept = await db.transaction(async (trx) => {
      const written = await writeComment(trx, cipher, {
        id,
        reservation,
        task: task.id,
        staff: whoIs(res).id,
        toVisitor,
        text: typed.text,
      });
      if (written !== true) return written;
      const subject = { kind: 'reservation', id: reservation } as const;
      const detail = { task: task.id, comment: id, to: typed.to };
      await recordAct(deps, req, res, { action: 'comment_written', subject, detail }, trx);
      return true;
    });
    if (kept === 'many') return again({ comment_to: 'field.comment_many' });
    res.redirect(303, `/inbox/${task.id}#comments`);
  };
}
