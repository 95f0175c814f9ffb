import type { Request, RequestHandler, Response } from 'express';
import { showGateCode } from '../../domain/gate-code.ts';
import { notFound } from '../../platform/errors.ts';
import { record } from '../../store/audit.ts';
import { allCampuses, allGates } from '../../store/content.ts';
import { findPass, findPassOf, type Pass, readCredentials } from '../../store/pass.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { addressHash } from '../network.ts';
import { createQr } from './qr.ts';
import { wasOpened } from './session.ts';
import { type Standing, standingOf } from './standing.ts';

/** A scan must not meet the end of a step: asked for more often than steps change. */
const renewSeconds = 20;

/** `/passes/:id`: 通行凭证 for its owner and for whoever typed its 访客验证码; the door for everybody else. */
export function showPass(deps: WebDeps): RequestHandler {
  const qr = createQr(deps.keys.renewal);
  return async (req, res) => {
    const pass = await visiblePass(deps, req);
    if (!pass) return showDoor(deps, req, res);
    const [campuses, gates] = await Promise.all([allCampuses(deps.db), allGates(deps.db)]);
    await recordShown(deps, req, pass);
    res.render('passes/pass', {
      pass,
      campusName: campuses.find(({ id }) => id === pass.campus)?.name,
      gateNames: gates.filter((gate) => gate.campus === pass.campus && !gate.retiredAt).map(({ name }) => name),
      ...(await drawn(deps, qr, pass)),
      owner: req.session.visitor !== undefined && !wasOpened(req, pass.id),
    });
  };
}

/** `/passes/:id/qr`: what renews itself on the screen. */
export function showQr(deps: WebDeps): RequestHandler {
  const qr = createQr(deps.keys.renewal);
  return async (req, res) => {
    const pass = await visiblePass(deps, req);
    if (!pass) throw notFound();
    res.render('passes/standing', { pass, ...(await drawn(deps, qr, pass)) });
  };
}

/** The pass, when this browser may see it. */
async function visiblePass({ db }: WebDeps, req: Request): Promise<Pass | undefined> {
  const { id } = req.params;
  if (!isUuid(id)) throw notFound();
  const { visitor } = req.session;
  const owned = visitor ? await findPassOf(db, visitor, id) : undefined;
  return owned ?? (wasOpened(req, id) ? findPass(db, id) : undefined);
}

/** Whoever follows the message's link is asked for the code that came with it. */
export async function showDoor(
  { db }: Pick<WebDeps, 'db'>,
  req: Request,
  res: Response,
  problem: { code?: string; left?: number; renewed?: boolean } = {},
): Promise<void> {
  const { id } = req.params;
  const pass = isUuid(id) ? await findPass(db, id) : undefined;
  if (!pass) throw notFound();
  res.render('passes/door', { id, problem });
}

async function drawn(
  { db, cipher }: WebDeps,
  qr: ReturnType<typeof createQr>,
  pass: Pass,
): Promise<{
  standing: Standing;
  renewSeconds: number;
  now: Date;
  qr?: { text: string; svg: string };
  gateCode?: string;
}> {
  const now = new Date();
  const standing = standingOf(pass, now);
  if (standing === 'over' || standing === 'revoked') return { standing, renewSeconds, now };
  const credentials = await readCredentials(db, cipher, pass.id);
  if (!credentials) throw notFound();
  return {
    standing,
    renewSeconds,
    now,
    qr: await qr(credentials.token, now),
    gateCode: showGateCode(credentials.gateCode),
  };
}

async function recordShown(deps: WebDeps, req: Request, pass: Pass): Promise<void> {
  const { visitor } = req.session;
  await record(deps.db, {
    actor: visitor ? { kind: 'visitor', id: visitor } : { kind: 'anonymous' },
    action: 'pass_shown',
    subject: { kind: 'reservation', id: pass.reservation },
    detail: { pass: pass.id },
    addressHash: addressHash(deps, req),
    requestId: String(req.id),
  });
}
