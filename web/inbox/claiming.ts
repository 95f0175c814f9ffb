import type { RequestHandler } from 'express';
import { claimTask, releaseClaims } from '../../store/approval/claim.ts';
import type { WebDeps } from '../deps.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { taskOf } from './task.ts';

/** 认领: says that one is at work on a task, also where a colleague had said so before. */
export function claim(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const staff = whoIs(res).id;
    if (task.status === 'open') {
      await deps.db.transaction(async (trx) => {
        if (!(await claimTask(trx, { task: task.id, staff }))) return;
        const subject = { kind: 'reservation', id: task.reservation } as const;
        await recordAct(deps, req, res, { action: 'task_claimed', subject, detail: { task: task.id } }, trx);
      });
    }
    res.redirect(303, `/inbox/${task.id}`);
  };
}

export function release(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    await deps.db.transaction(async (trx) => {
      if ((await releaseClaims(trx, { task: task.id, staff: whoIs(res).id })) === 0) return;
      const subject = { kind: 'reservation', id: task.reservation } as const;
      await recordAct(deps, req, res, { action: 'task_released', subject, detail: { task: task.id } }, trx);
    });
    res.redirect(303, `/inbox/${task.id}`);
  };
}
