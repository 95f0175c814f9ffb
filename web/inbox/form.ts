import type { Request, Response } from 'express';
import type { Knex } from 'knex';
import { z } from 'zod';
import type { DecisionVerdict } from '../../domain/reservation.ts';
import { AppError } from '../../platform/errors.ts';
import { keepDecision } from '../../store/approval/decision.ts';
import type { Task } from '../../store/approval/task.ts';
import type { AuditAction } from '../../store/audit/audit.ts';
import { keepRequest, type NewRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { renderTask } from './task.ts';

/** What an approver's forms have in common: the request made with the page, and what becomes of it. */

/** The same form twice is one request. @throws AppError 400 */
export function readRequestId(req: Request): string {
  const form = z.object({ request: z.string().refine(isUuid) }).safeParse(req.body);
  if (!form.success) throw new AppError('bad_request', { status: 400 });
  return form.data.request;
}

export const longestReason = 200;

type Answer = { id: string } & (
  | Pick<Extract<NewRequest, { kind: 'decide' }>, 'kind' | 'payload'>
  | Pick<Extract<NewRequest, { kind: 'return' }>, 'kind' | 'payload'>
  | Pick<Extract<NewRequest, { kind: 'propose_time' }>, 'kind' | 'payload'>
);

/** In one transaction: the request, what was said with it, the audit, and whatever else it speaks of. */
export async function keepAnswer(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  task: Task,
  answer: Answer & { verdict: DecisionVerdict; reason: string; action: AuditAction },
  write: (trx: Knex) => Promise<void> = async () => {},
): Promise<void> {
  const { id, kind, payload, verdict, reason, action } = answer;
  const { reservation } = task;
  const staff = whoIs(res).id;
  await deps.db.transaction(async (trx) => {
    await keepRequest(trx, { id, reservation, actor: { kind: 'staff', id: staff }, kind, payload } as NewRequest);
    if (!(await keepDecision(trx, deps.cipher, { request: id, reservation, staff, verdict, reason }))) return;
    await write(trx);
    const subject = { kind: 'reservation', id: reservation } as const;
    await recordAct(deps, req, res, { action, subject, detail: { task: task.id, request: id } }, trx);
  });
}

/** Somebody was faster, or there is nothing left to decide: said kindly, with what stands now. */
export async function showConflict(deps: WebDeps, res: Response, task: Task, code: string): Promise<void> {
  await renderTask(deps, res.status(409), task, { notice: { kind: 'failed', text: res.locals.t(`refusal.${code}`) } });
}
