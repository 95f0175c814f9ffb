import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { notFound } from '../../platform/errors.ts';
import { record } from '../../store/audit/audit.ts';
import { queueMessage } from '../../store/messages/message.ts';
import { findPass, holderOf, type Pass } from '../../store/passes/pass.ts';
import { keepOpening, openingsToday } from '../../store/passes/pass-opening.ts';
import { checkVisitCode, newCodeIsComing } from '../../store/passes/visit-code.ts';
import { lockReservation } from '../../store/reservations/lock.ts';
import { endTelling } from '../../store/reservations/refusal.ts';
import { countRequests, keepRequest } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { codeTyped } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { addressHash } from '../network.ts';
import { rememberOpened, wasOpened } from './session.ts';
import { showCodeForm } from './show.ts';

/** New codes a reservation may send in a day: a person who has the link cannot flood its owner's phone. */
const mostRenewals = 3;

/** `POST /passes/:id/opening`: the 访客验证码 opens this page and nothing else; five wrong tries send a new one. */
export function openPass(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { id } = req.params;
    const pass = isUuid(id) ? await findPass(deps.db, id) : undefined;
    if (!pass) throw notFound();
    const typed = codeTyped(req.body).slice(0, 20);
    if (typed === '') return refuse(deps, req, res, { code: 'field.visit_code_empty' });

    const check = await checkVisitCode(deps.db, deps.cipher, pass.id, typed);
    if (check.result === 'right') {
      await recordOpened(deps, req, pass);
      await rememberOpened(req, pass.id);
      return res.redirect(303, `/passes/${pass.id}`);
    }
    await recordRefused(deps, req, pass);
    if (check.result === 'wrong') return refuse(deps, req, res, { code: 'field.visit_code_wrong', left: check.left });
    const renewed = await sendNewCode(deps, pass);
    return refuse(deps, req, res, { code: renewed ? 'field.visit_code_renewed' : 'field.visit_code_spent' });
  };
}

/** Messages about openings that a pass causes in a day: every further one stands on its page only. */
const mostTold = 3;

/** Its holder is told when it was not their own account that opened it, and sees it on the pass. */
async function recordOpened(deps: WebDeps, req: Request, pass: Pass): Promise<void> {
  const holder = await holderOf(deps.db, pass.id);
  const { visitor = null } = req.session;
  if (!holder || holder === visitor || wasOpened(req, pass.id)) return;
  await deps.db.transaction(async (trx) => {
    await lockReservation(trx, pass.reservation);
    const told = await openingsToday(trx, pass.id);
    const { id, reservation } = pass;
    const opening = await keepOpening(trx, { pass: id, reservation, visitor });
    if (told < mostTold) {
      await queueMessage(trx, {
        reservation,
        visitor: holder,
        kind: 'pass_opened',
        key: `pass_opened/${opening}`,
        pass: id,
      });
    }
    await record(trx, {
      actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
      action: 'pass_opened',
      subject: { kind: 'reservation', id: reservation },
      detail: { pass: id, opening },
      addressHash: addressHash(deps, req),
      requestId: String(req.id),
    });
  });
}

function refuse(deps: WebDeps, req: Request, res: Response, problem: { code: string; left?: number }): Promise<void> {
  return showCodeForm(deps, req, res.status(422), problem);
}

/** False when today's are used up. One that is on its way is not asked for again. */
async function sendNewCode({ db, delivery }: WebDeps, pass: Pass): Promise<boolean> {
  const request = randomUUID();
  const kept = await db.transaction(async (trx) => {
    await lockReservation(trx, pass.reservation);
    if (await newCodeIsComing(trx, pass.id)) return 'coming';
    const sent = await countRequests(trx, { reservation: pass.reservation, kind: 'resend_code', withinHours: 24 });
    if (sent >= mostRenewals) return 'spent';
    await keepRequest(trx, {
      id: request,
      reservation: pass.reservation,
      kind: 'resend_code',
      actor: { kind: 'system', id: pass.id },
      payload: { pass: pass.id },
    });
    return 'kept';
  });
  if (kept !== 'kept') return kept === 'coming';
  const delivered = await delivery.deliver(request);
  if (delivered.status === 'pending' || delivered.answer.ok) return true;
  await endTelling(db, request);
  return false;
}

async function recordRefused(deps: WebDeps, req: Request, pass: Pass): Promise<void> {
  await record(deps.db, {
    actor: { kind: 'anonymous' },
    action: 'visit_code_refused',
    subject: { kind: 'reservation', id: pass.reservation },
    detail: { pass: pass.id },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
