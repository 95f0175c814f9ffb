import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { answerAction, type RefusalCode, requests } from '../../domain/request.ts';
import { normaliseText } from '../../domain/text.ts';
import { AppError } from '../../platform/errors.ts';
import { closingAnswer } from '../../store/approval/closing-answer.ts';
import { keepDecision, type Listed } from '../../store/approval/decision.ts';
import type { Seen } from '../../store/approval/seen.ts';
import type { Task } from '../../store/approval/task.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { findRequest, keepRequest, type NewRequest } from '../../store/reservations/request.ts';
import { byIds, type WebDeps } from '../deps.ts';
import { textsOf } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { whoIs } from '../staff/guard.ts';
import { recordAct } from '../staff/recording.ts';
import { refusalForStaff } from '../staff/refusal.ts';
import { keepToShow } from '../staff/shown-once.ts';
import { answersStatus, type Said, type TaskVerb } from './answers/verb.ts';
import { findPassedOn } from './late.ts';
import { compareSeen, ShownOtherwise, sayWhatDiffers, shownTo } from './seen.ts';
import { findTask, renderTask, taskOf } from './task.ts';
import { unsentIn } from './unsent.ts';

/** From an approver's form to the workflow's answer, for every verb of a task. */
export function answerTask(deps: WebDeps, verb: TaskVerb): RequestHandler {
  return async (req, res) => {
    const task = await taskOf(deps, req, res);
    const request = readRequestId(req);
    const texts = readTexts(req, verb);
    const fields = await verb.check(texts, task, byIds(deps));
    if (Object.keys(fields).length > 0) {
      const refused = { kind: verb.kind, request, texts };
      return renderTask(deps, res.status(422), task, { refused, fields });
    }
    const repeated = await findRequest(deps.byId, request);
    if (!repeated) {
      if (!answersStatus(verb, task.status)) return showConflict(deps, { req, res }, task, 'task_closed');
      if (task.deciding) return res.redirect(303, `/inbox/${task.id}`);
    }
    const shown = shownTo(req);
    try {
      const said = await verb.say(texts, task, byIds(deps));
      await keepAnswer(deps, { req, res }, task, { request, kind: verb.kind, ...said, ...(shown && { shown }) });
    } catch (error) {
      if (!(error instanceof ShownOtherwise)) throw error;
      const text = await sayWhatDiffers(byIds(deps), res, task.submission, error.parts);
      const refused = { kind: verb.kind, request, texts };
      return renderTask(deps, res.status(409), task, { refused, notice: { kind: 'failed', text } });
    }

    const delivered = await deps.delivery.deliver(request);
    if (delivered.status === 'answered' && !delivered.answer.ok) await endTelling(deps.byId, request);
    const now = await findTask(deps, req, res);
    const refusal = delivered.status === 'answered' && !delivered.answer.ok ? delivered.answer.code : undefined;
    if (!now) return leaveTask(deps, { req, res }, refusal);
    if (refusal) return showConflict(deps, { req, res }, now, refusal);
    res.redirect(303, `/inbox/${task.id}`);
  };
}

/**
 * By its answer, or meanwhile, the task has become somebody else's: the inbox says once where it is.
 *
 * @throws AppError 409 for an answer that was refused
 */
async function leaveTask(deps: WebDeps, { req, res }: { req: Request; res: Response }, refusal: string | undefined) {
  const moved = await findPassedOn(deps, req, res);
  if (refusal) throw moved ?? new AppError('task_moved', { status: 409 });
  if (moved?.own) await keepToShow(deps, req, '/inbox', res.locals.t(`inbox.told.${moved.own}`, moved.params));
  res.redirect(303, '/inbox');
}

/** The same form twice is one request. @throws AppError 400 */
function readRequestId(req: Request): string {
  const form = z.object({ request: z.string().refine(isUuid) }).safeParse(req.body);
  if (!form.success) throw new AppError('bad_request', { status: 400 });
  return form.data.request;
}

function readTexts(req: Request, { texts }: TaskVerb): Record<string, string> {
  const typed = Object.entries(textsOf(req.body, texts));
  return Object.fromEntries(typed.map(([name, text]) => [name, normaliseText(text)]));
}

interface Answering {
  request: string;
  kind: TaskVerb['kind'];
  /** What the form's page showed. */
  shown?: Seen;
}

/** In one transaction: the request, the text that goes with it, the audit, and every other row it names. */
async function keepAnswer(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  { id: task, reservation, submission }: Task,
  { request, kind, payload, reason, listed, write, shown, ...said }: Said & Answering,
): Promise<void> {
  const staff = whoIs(res).id;
  const verdict = said.verdict ?? requests[kind].task.verdicts[0];
  const action = answerAction(kind, verdict);
  await deps.byId.transaction(async (trx) => {
    const asked = { id: request, reservation, actor: { kind: 'staff', id: staff }, kind, payload };
    await keepRequest(trx, asked as NewRequest);
    const more = { ...listed, ...(shown && { seen: shown }) };
    const right = await keepDecision(trx, deps.cipher, { request, reservation, staff, verdict, reason, ...more });
    if (!right) return;
    if (shown) await compareSeen(trx, deps, submission, shown);
    await write?.(trx, request);
    const subject = { kind: 'reservation', id: reservation } as const;
    const detail = {
      task,
      request,
      ...recorded(listed),
      ...(right.behalf && { via: right.via, behalf: right.behalf }),
    };
    await recordAct(deps, req, res, { action, subject, detail }, trx);
  });
}

/** What was chosen, as the audit has it: ids and names of fields. */
const recorded = ({ refusedFor, marked }: Listed = {}) => ({
  ...(refusedFor && { for: refusedFor.id }),
  ...(marked && { marked }),
});

/** Somebody was faster – who, and when –, or there is nothing left to decide: said kindly, with the task's present state. */
async function showConflict(
  deps: WebDeps,
  { req, res }: { req: Request; res: Response },
  task: Task,
  code: RefusalCode,
): Promise<void> {
  const { t, format } = res.locals;
  const faster = code === 'task_closed' ? await closingAnswer(deps.byId, task) : undefined;
  const text = faster
    ? t(`inbox.faster.${faster.verdict}`, { name: faster.name, time: format.time(faster.at) })
    : refusalForStaff(t, code);
  await renderTask(deps, res.status(409), task, { notice: { kind: 'failed', text }, unsent: unsentIn(req) });
}
