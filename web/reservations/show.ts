import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { maskDocument, maskPhone } from '../../domain/masking.ts';
import { nudging } from '../../domain/nudging.ts';
import { passStages } from '../../domain/reservation.ts';
import { hour } from '../../domain/time.ts';
import type { Language, Translate } from '../../platform/i18n.ts';
import { allReasons } from '../../store/content/content.ts';
import type { Accompanied } from '../../store/reservations/accompanied.ts';
import { noteSeen } from '../../store/reservations/refusal.ts';
import type { WebDeps } from '../deps.ts';
import { gateSentence } from '../guides/getting-here.ts';
import { whoVisits } from '../visitor/guard.ts';
import { accompaniedSentence } from './accompanied-sentence.ts';
import { type Answering, commentsFor } from './comments.ts';
import { refusalOf } from './form.ts';
import { findOwn, type Submitted } from './own.ts';
import { readDirectory, readMoving, readProgress } from './progress.ts';
import { showRefusals } from './refusals.ts';
import { visitFacts } from './visit-facts.ts';

/** `/reservations/:id`: one reservation with everything that can be done about it. */
export function showReservation(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const own = await findOwn(deps, res, req.params.id);
    if ('reservation' in own) return renderReservation(deps, res, own.reservation);
    if ('accompanied' in own) return renderAccompanied(deps, res, own.accompanied);
    const { answer } = own.draft;
    const refused = answer && !answer.ok ? refusalOf(answer) : undefined;
    if (refused) await noteSeen(deps.db, [own.draft]);
    res.render('reservations/asked', { draft: own.draft, refused });
  };
}

/** @param refusal catalogue key: why what was asked cannot be; 409. Or an answer to a comment with something wrong; 422 */
export async function renderReservation(
  deps: WebDeps,
  res: Response,
  reservation: Submitted,
  refusal?: string | { answering: Answering },
): Promise<void> {
  const locals = await readPage(deps, res, reservation);
  // A page that answers a POST is reached again at the reservation's own address.
  res.locals.path = `/reservations/${reservation.id}`;
  if (typeof refusal === 'object') return res.status(422).render('reservations/show', { ...locals, ...refusal });
  res.status(refusal ? 409 : 200).render('reservations/show', { ...locals, refusal });
}

async function readPage(deps: WebDeps, res: Response, reservation: Submitted) {
  const progress = await readProgress(deps, res, reservation);
  const directory = await readDirectory(deps);
  const { t, format } = res.locals;
  const reasons = await allReasons(deps.db);
  const { submission } = progress;
  const names = {
    campus: directory.campus(submission.campus),
    department: directory.department(submission.department),
    reason: reasons.find(({ id }) => id === submission.reason)?.name,
  };
  const { stage, outcome, pass } = reservation;
  const approved = !outcome && passStages.includes(stage) && !pass?.revokedAt;
  return {
    ...progress,
    directory,
    wayIn: approved ? wayIn(res, directory, reservation) : undefined,
    facts: visitFacts('visitor', submission, names, { t, format }),
    mask: { phone: maskPhone, document: maskDocument },
    refused: await refusedOf(deps, res, reservation.id),
    comments: await commentsFor(deps, reservation),
    nudging: { left: nudging.most - reservation.nudges, hours: nudging.every / hour },
    /** Each form on the page is a request of its own. */
    newKey: randomUUID,
  };
}

/** What this visitor asked of it and was refused later. */
const refusedOf = (deps: WebDeps, res: Response, reservation: string) =>
  showRefusals(deps, res, { kind: 'visitor', id: whoVisits(res).id }, { reservation });

/** `/reservations/:id/progress`: what the page asks again for; 204 when it looks the same. */
export function showProgress(deps: WebDeps): RequestHandler {
  return async (req, res) => {
    const own = await findOwn(deps, res, req.params.id);
    if (!req.get('hx-request')) return res.redirect(303, `/reservations/${req.params.id}`);
    // What was on its way has arrived, or the other way round: the whole page reads differently.
    if ('draft' in own) {
      if (own.draft.answer) return void res.set('HX-Refresh', 'true').status(204).end();
      return void res.status(204).end();
    }
    if (req.query.draft) return void res.set('HX-Refresh', 'true').status(204).end();
    const same = await isSame(deps, req, own);
    if (same) return void res.status(204).end();
    if ('accompanied' in own) {
      return res.render('reservations/accompanied-progress', await readAccompanied(deps, res, own.accompanied));
    }
    res.render('reservations/progress', await readPage(deps, res, own.reservation));
  };
}

async function isSame(
  deps: WebDeps,
  req: Request,
  own: { reservation: Submitted } | { accompanied: Accompanied },
): Promise<boolean> {
  const { mark } = 'reservation' in own ? await readMoving(deps, own.reservation) : markOf(own.accompanied);
  return req.query.mark === mark;
}

export async function renderAccompanied(deps: WebDeps, res: Response, visit: Accompanied, refusal?: string) {
  const locals = await readAccompanied(deps, res, visit);
  res.locals.path = `/reservations/${visit.id}`;
  res.status(refusal ? 409 : 200).render('reservations/accompanied', { ...locals, refusal });
}

async function readAccompanied(deps: WebDeps, res: Response, visit: Accompanied) {
  const directory = await readDirectory(deps);
  const { pass, outcome } = visit;
  const { t, format } = res.locals;
  const found = directory.department(visit.department);
  const department = found ? format.name(found) : '';
  return {
    visit,
    key: randomUUID(),
    refused: await refusedOf(deps, res, visit.id),
    directory,
    wayIn: pass && !pass.revokedAt && !outcome ? wayIn(res, directory, visit) : undefined,
    sentence: accompaniedSentence(visit, department, t),
    ...markOf(visit),
  };
}

/** The gate to come in by: what a person with a pass wants to know next. */
function wayIn(
  res: Response,
  directory: Awaited<ReturnType<typeof readDirectory>>,
  visit: { campus: string | null; department: string | null },
): string | undefined {
  const { lang, t } = res.locals as { lang: Language; t: Translate };
  const gate = directory.gate(visit);
  return gate && gateSentence(gate, lang, t);
}

function markOf({ seq, from, until, outcome, behind, pass, inside, left }: Accompanied): {
  mark: string;
  again?: number;
} {
  const now = Date.now();
  const hours = now < Number(from) ? 'before' : now < Number(until) ? 'during' : 'after';
  const mark = `${seq}-${behind?.seq ?? ''}-${hours}-${pass?.revokedAt ? 'off' : (pass?.id ?? 'none')}-${inside}-${left}`;
  return { mark, ...((behind || !outcome) && { again: behind ? 2 : 8 }) };
}
