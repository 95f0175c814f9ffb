import type { RequestHandler } from 'express';
import { showGateCode } from '../../domain/gate-code.ts';
import { notFound } from '../../platform/errors.ts';
import { record } from '../../store/audit.ts';
import { type Pass, readCredentials } from '../../store/pass.ts';
import type { WebDeps } from '../deps.ts';
import { drawPlan, suggestedGate } from '../guides/getting-here.ts';
import { placeOfPass } from '../guides/of-pass.ts';
import { addressHash } from '../network.ts';
import { namesOn } from './names.ts';
import { drawPaperQr, paperPng } from './qr.ts';
import { mustSeeLive } from './visible.ts';

/** `/passes/:id/print`: A6, for whoever has no phone. Its QR asks for the document. */
export function printPass(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { pass } = await mustSeeLive(deps, req);
    const { paper, gateCode } = await onPaper(deps, pass);
    const [qr, place, names] = await Promise.all([
      drawPaperQr(paper),
      placeOfPass(deps.db, pass),
      namesOn(deps, [pass]),
    ]);
    const { campus, gates, department } = place;
    const gate = suggestedGate(gates, department);
    await recordPrinted(deps, req, pass);
    res.render('passes/print', {
      ...{ pass, qr, campus, gates, gate },
      gateCode: showGateCode(gateCode),
      name: names.get(pass.id),
      plan: campus && campus.plan.length > 0 && drawPlan(campus, gates, { gate, department }, res.locals.lang),
    });
  };
}

/** `/passes/:id/image.png`: the same QR as a picture to keep; a phone without a network shows it from its album. */
export function saveImage(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const { pass } = await mustSeeLive(deps, req);
    const { paper } = await onPaper(deps, pass);
    await recordPrinted(deps, req, pass);
    res.type('png').send(await paperPng(paper));
  };
}

/** @throws AppError 404 for a pass of long ago, which was never signed for paper */
async function onPaper({ db, cipher }: WebDeps, pass: Pass): Promise<{ paper: Buffer; gateCode: string }> {
  const credentials = await readCredentials(db, cipher, pass.id);
  if (!credentials?.paper) throw notFound();
  return { paper: credentials.paper, gateCode: credentials.gateCode };
}

async function recordPrinted(deps: WebDeps, req: Parameters<RequestHandler>[0], pass: Pass): Promise<void> {
  const { visitor } = req.session;
  await record(deps.db, {
    actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
    action: 'pass_printed',
    subject: { kind: 'reservation', id: pass.reservation },
    detail: { pass: pass.id, version: pass.version },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
