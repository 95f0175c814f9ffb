import { type Request, type RequestHandler, type Response, Router } from 'express';
import { readEnrolmentCode, showEnrolmentCode } from '../../../domain/gate-enrolment.ts';
import { hashEnrolmentCode } from '../../../platform/enrolment-seal.ts';
import { notFound, tooMany } from '../../../platform/errors.ts';
import { fingerprintOfPair } from '../../../platform/gate-pair.ts';
import { allCampuses } from '../../../store/content/content.ts';
import { forgetContent } from '../../../store/content/content-cache.ts';
import { findContentRow } from '../../../store/content/content-edit.ts';
import { forgetCodeTries, takeCodeTry } from '../../../store/gates/code-limit.ts';
import { type AskedEnrolment, findEnrolment, refuseEnrolment } from '../../../store/gates/enrolment-code.ts';
import type { WebDeps } from '../../deps.ts';
import { textOf } from '../../form-value.ts';
import { addressKey } from '../../network.ts';
import { adminOnly, navigation, staffOnly, whoIs } from '../../staff/guard.ts';
import { recordAct } from '../../staff/recording.ts';
import { namesOf } from '../content/choices.ts';
import { enrolByCode, fieldsOfNewGate } from './enrol.ts';
import { type Place, pathOf, placeFields } from './place.ts';

/**
 * `/admin/content/enrolments`: an admin types the code that a box shows, compares the fingerprint of its keys, and the box is a gate, or
 * takes the place of the box at one. No secret is carried from one machine to the other.
 */
export function gateEnrolmentRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  const top = '/admin/content/enrolments';
  router.get(`${top}/new`, admin, showCodeForm(deps));
  router.post(`${top}/codes`, admin, takeCode(deps));
  router.post(`${top}/refusals`, admin, refuseBox(deps));
  router.post(top, admin, confirmBox(deps));
  return router;
}

function showCodeForm(deps: WebDeps): RequestHandler {
  return async (req, res) => renderCode(res, await placeIn(deps, req.query), {});
}

/** The code is right: whose keys it stands for, to be compared, and what the gate is called. */
function takeCode(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const place = await placeIn(deps, req.body);
    const read = await readCode(deps, req, res);
    if ('problem' in read) return renderCode(res.status(422), place, read);
    renderBox(res, place, { ...read, texts: {}, fields: {} });
  };
}

/** What was looked at and found well is confirmed, once. */
function confirmBox(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const place = await placeIn(deps, req.body);
    const read = await readCode(deps, req, res, { confirms: true });
    if ('problem' in read) return renderCode(res.status(422), place, read);
    const done = await enrolByCode(deps, { req, res, place, code: read.code });
    if ('gone' in done) return renderCode(res.status(422), place, { typed: read.code, problem: problems[done.gone] });
    if ('fields' in done) return renderBox(res.status(422), place, { ...read, ...done });
    await forgetCodeTries(deps.db, triedBy(deps, req, res));
    forgetContent(deps.db);
    res.redirect(303, '/admin/content?saved=gate');
  };
}

/** Another fingerprint than the box shows: somebody on the line put keys of their own there. The code is worth nothing any more. */
function refuseBox(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const place = await placeIn(deps, req.body);
    const code = readEnrolmentCode(textOf(req.body, 'code'));
    if (code && (await refuseEnrolment(deps.db, hashEnrolmentCode(code)))) await recordRefusal(deps, req, res, 'keys');
    res.redirect(303, pathOf(place));
  };
}

const problems = {
  mistyped: 'enrolment.problem.mistyped',
  unknown: 'enrolment.problem.unknown',
  expired: 'enrolment.problem.expired',
  refused: 'enrolment.problem.refused',
  confirmed: 'enrolment.problem.used',
};

type Read = { code: string; asked: AskedEnrolment } | { typed: string; problem: string };

/**
 * What was typed, against the boxes that wait. Every code is a try, also a right one.
 * @param of.confirms the page of the box was seen: what it became since is told by the transaction
 * @throws AppError `too_many` (429)
 */
async function readCode(deps: WebDeps, req: Request, res: Response, { confirms = false } = {}): Promise<Read> {
  const typed = textOf(req.body, 'code');
  if (typed.trim() === '') return { typed, problem: 'field.required' };
  const code = readEnrolmentCode(typed);
  if (!code) return { typed, problem: problems.mistyped };
  const wait = await takeCodeTry(deps.db, triedBy(deps, req, res));
  if (wait > 0) throw tooMany(wait);
  const asked = await findEnrolment(deps.db, hashEnrolmentCode(code));
  if (asked?.state === 'waiting' || (asked && confirms)) return { code, asked };
  const why = asked?.state ?? 'unknown';
  await recordRefusal(deps, req, res, why);
  return { typed, problem: problems[why] };
}

const triedBy = (deps: WebDeps, req: Request, res: Response) => ({
  account: deps.index.hash('staff_login', whoIs(res).username),
  address: addressKey(deps, req),
});

const recordRefusal = (deps: WebDeps, req: Request, res: Response, why: string): Promise<void> =>
  recordAct(deps, req, res, {
    action: 'gate_enrolment_refused',
    subject: { kind: 'gate', id: 'unknown' },
    detail: { why },
  });

/** A campus that gets a gate, or a gate that gets another box. */
async function placeIn({ db }: WebDeps, said: object): Promise<Place> {
  const id = textOf(said, 'gate');
  const gate = /^[a-z][a-z0-9-]{1,30}$/.test(id) ? await findContentRow(db, 'gate', id) : undefined;
  if (gate) return { kind: 'box', gate: gate.id, name: namesOf(gate) };
  const wanted = textOf(said, 'campus');
  const campus = (await allCampuses(db)).find((one) => one.id === wanted);
  if (!campus) throw notFound();
  return { kind: 'gate', campus: campus.id, name: campus.name };
}

function renderCode(res: Response, place: Place, { typed = '', problem }: { typed?: string; problem?: string }): void {
  res.locals.path = pathOf(place);
  const fields = problem ? { code: problem } : {};
  res.render('admin/gate-enrolment/code', { place, hidden: placeFields(place), typed, fields });
}

function renderBox(
  res: Response,
  place: Place,
  of: { code: string; asked: AskedEnrolment; texts: Record<string, string>; fields: Record<string, string> },
): void {
  res.locals.path = pathOf(place);
  res.render('admin/gate-enrolment/box', {
    place,
    hidden: { ...placeFields(place), code: of.code },
    shown: showEnrolmentCode(of.code),
    fingerprint: fingerprintOfPair(of.asked),
    askedAt: of.asked.askedAt,
    expiresAt: of.asked.expiresAt,
    newFields: place.kind === 'gate' ? fieldsOfNewGate : [],
    texts: of.texts,
    fields: of.fields,
  });
}
