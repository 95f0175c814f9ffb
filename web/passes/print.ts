import type { Request, RequestHandler } from 'express';
import type { Knex } from 'knex';
import { showGateCode } from '../../domain/gate-code.ts';
import { notFound, unavailable } from '../../platform/errors.ts';
import { record } from '../../store/audit/audit.ts';
import { findPass, type Pass, readCredentials } from '../../store/passes/pass.ts';
import { markPrinted } from '../../store/passes/pass-in-hand.ts';
import { lockReservation } from '../../store/reservations/lock.ts';
import { pendingRequestsOf } from '../../store/reservations/request.ts';
import type { WebDeps } from '../deps.ts';
import { drawPlan, suggestedGate } from '../guides/getting-here.ts';
import { destinationOfPass } from '../guides/of-pass.ts';
import { addressHash } from '../network.ts';
import { namesOn } from './names.ts';
import { drawPaperQr, paperPng } from './qr.ts';
import { mustSeeLive } from './visible.ts';

/** `/passes/:id/print`: A6, for a visitor without a phone. Its QR asks for the document. */
export function printPass(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { pass, paper, gateCode } = await onPaper(deps, req);
    const [qr, place, names] = await Promise.all([
      drawPaperQr(paper),
      destinationOfPass(deps.db, pass),
      namesOn(deps, [pass]),
    ]);
    const { campus, gates, department } = place;
    const gate = suggestedGate(gates, department);
    res.render('passes/print', {
      pass,
      qr,
      campus,
      gates,
      gate,
      gateCode: showGateCode(gateCode),
      name: names.get(pass.id),
      plan: campus && campus.plan.length > 0 && drawPlan(campus, gates, { gate, department }, res.locals.lang),
    });
  };
}

/** `/passes/:id/image.png`: the same QR as a picture to keep; a phone without a network shows it from its album. */
export function saveImage(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { paper } = await onPaper(deps, req);
    res.type('png').send(await paperPng(paper));
  };
}

/**
 * The version to hold in one's hand. A phone that is just taking the pass over is waited for: its version would end the
 * paper of the one before. What comes after is told that there is paper (binding.ts).
 * @throws AppError 404 for a pass of long ago, which was never signed for paper; 503 while the phone's wish is on its way
 */
async function onPaper(deps: WebDeps, req: Request): Promise<{ pass: Pass; paper: Buffer; gateCode: string }> {
  const { pass: seen } = await mustSeeLive(deps, req);
  await signedForPaper(deps, seen);
  const { pass, wishes } = await deps.db.transaction(async (trx) => {
    await lockReservation(trx, seen.reservation);
    // A phone may have got its version since the pass was looked up.
    const newest = await findPass(trx, seen.id);
    if (!newest) throw notFound();
    await recordPrinted(deps, req, newest, trx);
    const pending = await pendingRequestsOf(trx, seen.reservation);
    return {
      pass: newest,
      wishes: pending.filter(({ kind, payload }) => kind === 'bind_phone' && payload.pass === seen.id),
    };
  });
  if (wishes.length === 0) return signedForPaper(deps, pass);
  for (const { id } of wishes) {
    if ((await deps.delivery.deliver(id)).status !== 'answered') throw unavailable();
  }
  const { pass: newest } = await mustSeeLive(deps, req);
  if (newest.version !== pass.version) await deps.db.transaction((trx) => recordPrinted(deps, req, newest, trx));
  return signedForPaper(deps, newest);
}

async function signedForPaper({ db, cipher }: WebDeps, pass: Pass) {
  const credentials = await readCredentials(db, cipher, pass.id);
  if (!credentials?.paper) throw notFound();
  return { pass, paper: credentials.paper, gateCode: credentials.gateCode };
}

async function recordPrinted(deps: WebDeps, req: Request, pass: Pass, trx: Knex): Promise<void> {
  const { visitor } = req.session;
  await markPrinted(trx, pass);
  await record(trx, {
    actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
    action: 'pass_printed',
    subject: { kind: 'reservation', id: pass.reservation },
    detail: { pass: pass.id, version: pass.version },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
