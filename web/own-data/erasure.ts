import { setTimeout as wait } from 'node:timers/promises';
import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { toldTimes } from '../../domain/retention.ts';
import { notFound } from '../../platform/errors.ts';
import { leaveBooks } from '../../store/companions/removal.ts';
import { identityOf } from '../../store/elsewhere/identity.ts';
import { placesOf } from '../../store/elsewhere/kept.ts';
import { leaveOthersVisits, removeElsewhere } from '../../store/elsewhere/removal.ts';
import { countElsewhere } from '../../store/elsewhere/wish.ts';
import {
  beginErasure,
  completeErasure,
  eraseAccount,
  erasedClasses,
  erasureOf,
  findErasure,
} from '../../store/own-data/erasure.ts';
import { cancelOpenVisits, hasOpenVisits, leaveOpenVisits, runningVisits } from '../../store/own-data/own-visits.ts';
import { retentionDays } from '../../store/own-data/retention.ts';
import { lockAccount } from '../../store/people/account-lock.ts';
import { forgetKeptForms } from '../../store/people/kept-form.ts';
import { readPhone } from '../../store/people/visitor.ts';
import { redeemFreshCode, takeFreshCodeState } from '../account/fresh-code.ts';
import type { WebDeps } from '../deps.ts';
import { isTicked } from '../form-value.ts';
import { isUuid } from '../is-uuid.ts';
import { endSession, forgetPages } from '../middleware/sessions.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { isProof, writeProof } from './proof.ts';

/**
 * `/my-data/erasure`: the account is deleted, after a fresh code. Visits that have not begun are cancelled by their
 * workflows first; while one is running nothing is deleted. `/erasures/:id` shows the proof to anybody who has its address.
 */
export function erasureRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/my-data/erasure', signedIn, (req, res) => show(deps, req, res));
  router.post('/my-data/erasure', signedIn, (req, res) => erase(deps, req, res));
  router.get('/erasures/:id', async (req, res) => {
    const erasure = await askedErasure(deps, req);
    const days = await retentionDays(deps.db);
    res.render('own-data/erased', {
      erasure,
      days: toldTimes(days),
      classes: erasedClasses,
      kept: (await placesOf(deps.db, { erasure: erasure.id })).filter(({ keptFor }) => keptFor !== null),
      genuine: isProof(deps.keys.feed, erasure.proof),
    });
  });
  router.get('/erasures/:id/proof', async (req, res) => {
    const { id, proof } = await askedErasure(deps, req);
    res.attachment(`xiaomen-erasure-${id}.txt`).type('text/plain; charset=utf-8').send(proof);
  });
  return router;
}

async function askedErasure({ db }: WebDeps, req: Request) {
  const { id } = req.params;
  const erasure = isUuid(id) ? await findErasure(db, id) : undefined;
  if (!erasure) throw notFound();
  return erasure;
}

interface State {
  fields?: { agree?: string; code?: string };
  /** Visits are being cancelled; nothing was deleted yet. */
  waiting?: boolean;
}

async function erase(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db } = deps;
  const { id: visitor } = whoVisits(res);
  if ((await runningVisits(db, visitor)).length > 0) return show(deps, req, res.status(409));
  const agree = isTicked(req.body, 'agree') ? undefined : 'own.erase.agree_needed';
  // An agreement left out must not cost the code.
  if (agree) return show(deps, req, res.status(422), { fields: { agree } });
  const problem = await redeemFreshCode(deps, { req, res }, 'erase');
  if (problem) return show(deps, req, res.status(422), { fields: { code: problem } });

  await endVisits(deps, visitor);
  const id = await eraseNow(deps, { req, res }, visitor);
  if (!id) return show(deps, req, res.status(409), { waiting: true });
  await endSession(req);
  forgetPages(res).redirect(303, `/erasures/${id}`);
}

/** How long the page waits for the workflows to have closed what they cancelled, in ms. */
const patience = 6_000;

async function endVisits(deps: WebDeps, visitor: string): Promise<void> {
  const { db, delivery } = deps;
  const requests = await db.transaction(async (trx) => {
    await lockAccount(trx, visitor);
    const asked = [...(await cancelOpenVisits(trx, visitor)), ...(await leaveOpenVisits(trx, visitor))];
    const actor = { kind: 'visitor', id: visitor } as const;
    asked.push(...(await leaveOthersVisits(trx, deps, await identityOf(trx, deps, visitor), actor)));
    await leaveBooks(trx, visitor);
    return asked;
  });
  await Promise.all(requests.map((request) => delivery.deliver(request)));
  const deadline = Date.now() + patience;
  while ((await hasOpenVisits(db, visitor)) && Date.now() < deadline) await wait(100);
}

/** @returns the id of the erasure; undefined while a visit is still open */
async function eraseNow(
  deps: WebDeps,
  exchange: { req: Request; res: Response },
  visitor: string,
): Promise<string | undefined> {
  const { db, keys } = deps;
  return db.transaction(async (trx) => {
    await lockAccount(trx, visitor);
    const earlier = await erasureOf(trx, visitor);
    if (earlier) return earlier;
    if (await hasOpenVisits(trx, visitor)) return undefined;
    const at = new Date();
    const id = await beginErasure(trx, visitor, { cause: 'asked', at });
    await removeElsewhere(trx, deps, await identityOf(trx, deps, visitor), { erasure: id });
    const places = await placesOf(trx, { erasure: id });
    const kept = await forgetKeptForms(trx, deps, visitor);
    const erased = await eraseAccount(trx, visitor);
    const counts = { ...erased, forms: erased.forms + kept, ...countElsewhere(places) };
    await completeErasure(trx, { id, counts, proof: writeProof(keys.feed, { id, at, counts, places }) });
    const subject = { kind: 'visitor', id: visitor } as const;
    await recordVisitor(deps, exchange, { action: 'account_erased', subject, detail: { erasure: id, counts } }, trx);
    return id;
  });
}

async function show(deps: WebDeps, req: Request, res: Response, state: State = {}): Promise<void> {
  const { db, cipher } = deps;
  const { id } = whoVisits(res);
  const [phone, running, days] = await Promise.all([
    readPhone(db, cipher, id),
    runningVisits(db, id),
    retentionDays(db),
  ]);
  res.locals.path = '/my-data/erasure';
  res.render('own-data/erasure', {
    phone: maskPhone(phone ?? ''),
    running,
    days: toldTimes(days),
    fields: state.fields ?? {},
    waiting: state.waiting ?? false,
    agreed: isTicked(req.body, 'agree'),
    now: new Date(),
    code: takeFreshCodeState(req, 'erase'),
  });
}
