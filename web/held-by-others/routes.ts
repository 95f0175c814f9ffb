import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { normaliseText } from '../../domain/text.ts';
import { tooMany } from '../../platform/errors.ts';
import { deleteByPhone } from '../../store/elsewhere/data-request.ts';
import { identityByPhone } from '../../store/elsewhere/identity.ts';
import { placesOf } from '../../store/elsewhere/kept.ts';
import { leaveOthersVisits } from '../../store/elsewhere/removal.ts';
import { heldUnder } from '../../store/elsewhere/shown.ts';
import { takeAttempt } from '../../store/people/attempt.ts';
import { idleDays } from '../../store/people/visitor.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked, textOf } from '../form-value.ts';
import { saveSession } from '../middleware/sessions.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { ask, file, showAsking, takeFiled, textProblemOf } from './asking.ts';
import { provedPhone } from './proved.ts';
import { proveNumber, sendProof, showProving } from './proving.ts';

/**
 * `/held-by-others`: somebody whom others brought along, or who agreed for somebody's child, sees what is held of them and
 * has it deleted or corrected, without an account. A code to the number that is held proves who asks.
 */
export function heldByOthersRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/held-by-others', (req, res) => show(deps, req, res));
  router.post('/held-by-others', (req, res) => proveNumber(deps, req, res));
  router.post('/held-by-others/code', (req, res) => sendProof(deps, req, res));
  router.post('/held-by-others/deletion', (req, res) => erase(deps, req, res));
  router.post('/held-by-others/correction', (req, res) => correct(deps, req, res));
  router.get('/held-by-others/requests/new', (req, res) => showAsking(deps, req, res));
  router.post('/held-by-others/requests', (req, res) => ask(deps, req, res));
  return router;
}

/** Deletions of what is held under one number. */
const deletions = [{ most: 5, seconds: 3600 }];

const everything = { kind: 'list', id: 'held_by_others' } as const;

async function show(
  deps: WebDeps,
  req: Request,
  res: Response,
  { fields = {}, text = '' }: { fields?: Record<string, string>; text?: string } = {},
): Promise<void> {
  const phone = provedPhone(deps, req);
  if (!phone) return showProving(deps, req, res);
  const { places, numbersAlone } = await heldUnder(deps.db, deps, phone);
  await recordVisitor(
    deps,
    { req, res },
    { action: 'held_viewed', subject: everything, detail: { places: places.length } },
  );
  const done = await takeDone(deps, req);
  const filed = takeFiled(req);
  res.locals.path = '/held-by-others';
  res.render('held-by-others/held', {
    phone: maskPhone(phone),
    places,
    numbersAlone,
    idleDays,
    done,
    filed,
    fields,
    text,
  });
}

/** What was deleted and what stays for a while, told once. */
async function takeDone({ db }: WebDeps, req: Request) {
  const { heldDone } = req.session;
  if (!heldDone || !('request' in heldDone)) return undefined;
  delete req.session.heldDone;
  const places = await placesOf(db, { request: heldDone.request });
  const kept = places.filter(({ keptFor }) => keptFor !== null);
  const deleted = places.reduce((sum, one) => sum + (one.keptFor === null ? one.count : 0), 0);
  return { kept, deleted };
}

async function erase(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const phone = provedPhone(deps, req);
  if (!phone) return res.redirect(303, '/held-by-others');
  if (!isTicked(req.body, 'agree')) return show(deps, req, res.status(422), { fields: { agree: 'held.agree_needed' } });
  const key = deps.index.hash('attempt_phone', phone);
  const wait = await takeAttempt(deps.db, [{ kind: 'held_deletion', key, limits: deletions }]);
  if (wait > 0) throw tooMany(wait);
  const who = identityByPhone(phone);
  const actor = { kind: 'system', id: randomUUID() } as const;
  const requests = await deps.db.transaction((trx) => leaveOthersVisits(trx, deps, who, actor));
  await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
  const request = await deps.db.transaction(async (trx) => {
    const id = await deleteByPhone(trx, deps, phone);
    if (!id) return undefined;
    const places = await placesOf(trx, { request: id });
    const subject = { kind: 'data_request', id } as const;
    await recordVisitor(deps, { req, res }, { action: 'held_deleted', subject, detail: { places } }, trx);
    return id;
  });
  // A second tap finds nothing more; the page says what the first one did.
  if (request) {
    req.session.heldDone = { request };
    await saveSession(req);
  }
  res.redirect(303, '/held-by-others');
}

async function correct(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const phone = provedPhone(deps, req);
  if (!phone) return res.redirect(303, '/held-by-others');
  const typed = textOf(req.body, 'text');
  const text = normaliseText(typed);
  const problem = textProblemOf(text, true);
  if (problem) return show(deps, req, res.status(422), { fields: { text: problem }, text: typed });
  await file(deps, req, res, { kind: 'correction', phone, name: null, document: null, text });
  res.redirect(303, '/held-by-others');
}
