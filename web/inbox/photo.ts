import type { RequestHandler } from 'express';
import { notFound } from '../../platform/errors.ts';
import { readSubmittedPhoto } from '../../store/people/photo.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { sendPhoto } from '../photos/sending.ts';
import { recordAct } from '../staff/recording.ts';
import { taskOf } from './task.ts';

/** `/inbox/:taskId/photos/:id`: one photograph of somebody in this task's submission. No look without its audit row. */
export function showTaskPhoto(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const { id } = req.params;
    if (!isUuid(id)) throw notFound();
    const jpeg = await deps.db.transaction(async (trx) => {
      const photo = await readSubmittedPhoto(trx, deps.cipher, { submission: task.submission, photo: id });
      if (!photo) throw notFound();
      await recordAct(
        deps,
        req,
        res,
        {
          action: 'photo_viewed',
          subject: { kind: 'reservation', id: task.reservation },
          detail: { task: task.id, photo: id, kind: photo.kind },
        },
        trx,
      );
      return photo.jpeg;
    });
    sendPhoto(res, jpeg);
  };
}
