import type { ErrorRequestHandler, Request, Response } from 'express';
import { AppError } from '../../platform/errors.ts';
import { findMovedTask } from '../../store/approval/transfer.ts';
import { allDepartments } from '../../store/content/content.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { unsentIn } from './unsent.ts';

/** What is asked of a task that is somebody else's by now, or not as it was: the page says so, and keeps what was written. */

/** For somebody who had the task until it was passed on. */
export class PassedOn extends AppError {
  /** People or a department, by name. */
  readonly holder: string;
  /** How this very person passed it on; undefined: somebody else did. */
  readonly own: 'transferred' | 'declined' | undefined;

  constructor({ holder, own, time }: { holder: string; own: PassedOn['own']; time: string }) {
    super('task_passed_on', { status: 409, params: { holder, time } });
    this.holder = holder;
    this.own = own;
  }
}

export async function findPassedOn({ db }: WebDeps, req: Request, res: Response): Promise<PassedOn | undefined> {
  const id = req.params.taskId;
  const reader = whoIs(res).id;
  const moved = isUuid(id) ? await findMovedTask(db, reader, id) : undefined;
  if (!moved) return undefined;
  const { format, t } = res.locals;
  const department = (await allDepartments(db)).find((one) => one.id === moved.department);
  return new PassedOn({
    holder: moved.names.join(t('staff_admin.and')) || (department ? format.name(department.name) : ''),
    own: moved.by === reader ? moved.verdict : undefined,
    time: format.time(moved.since),
  });
}

/** Draws every 409 of a task's page with the navigation of staff. */
export const showLate: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (!(error instanceof AppError) || error.status !== 409 || req.get('hx-request')) return next(error);
  const { t } = res.locals;
  const looks = error instanceof PassedOn && req.method === 'GET';
  const said = `inbox.passed_on.${(looks && error.own) || 'by_other'}`;
  res.status(409).render('inbox/late', {
    title: t(looks ? 'inbox.passed_on.title' : 'error_title.409'),
    sentence: looks ? t(said, error.params) : t(`error.${error.code}`, error.params),
    own: looks,
    unsent: unsentIn(req),
  });
};
