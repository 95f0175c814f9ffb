import { type Request, type Response, Router } from 'express';
import { toldTimes } from '../../domain/retention.ts';
import { notFound } from '../../platform/errors.ts';
import { goneByWish } from '../../store/elsewhere/kept.ts';
import { consentsOf, mayWithdraw, withdrawOwnConsent } from '../../store/own-data/own-consents.ts';
import { keptOf } from '../../store/own-data/own-data.ts';
import { looksAt } from '../../store/own-data/own-looks.ts';
import { retentionDays } from '../../store/own-data/retention.ts';
import type { ConsentPurpose } from '../../store/people/consent.ts';
import type { WebDeps } from '../deps.ts';
import { isUuid } from '../is-uuid.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';
import { erasureRoutes } from './erasure.ts';
import { exportRoutes } from './export.ts';

/** 我的数据: what is kept and why, who looked at it, what was agreed; taking it along and taking it back. */
export function ownDataRoutes(deps: WebDeps): Router {
  const router = Router();
  router.use(exportRoutes(deps), erasureRoutes(deps));
  router.get('/my-data', signedIn, (req, res) => show(deps, req, res));
  router.post('/my-data/consents/:id/withdrawal', signedIn, (req, res) => withdraw(deps, req, res));
  return router;
}

const shownLooks = 50;
/** The purposes that the page's address may name, after that agreement was withdrawn. */
const purposes: ConsentPurpose[] = ['face', 'keep_photo', 'personal_information', 'guardian', 'companion', 'wechat'];

async function show({ db, cipher, index }: WebDeps, req: Request, res: Response): Promise<void> {
  const { id } = whoVisits(res);
  const [kept, consents, looks, days, gone] = await Promise.all([
    keptOf(db, index, id),
    consentsOf(db, cipher, id),
    looksAt(db, id, shownLooks + 1),
    retentionDays(db),
    goneByWish(db, id),
  ]);
  res.render('own-data/my-data', {
    gone,
    kept,
    days: toldTimes(days),
    consents,
    mayWithdraw,
    looks: looks.slice(0, shownLooks),
    moreLooks: looks.length > shownLooks,
    withdrawn: purposes.find((purpose) => purpose === req.query.withdrawn),
  });
}

/** Takes one agreement back. Once more changes nothing. */
async function withdraw(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, cipher } = deps;
  const visitor = whoVisits(res).id;
  const { id } = req.params;
  const [consent] = isUuid(id) ? await consentsOf(db, cipher, visitor, id) : [];
  if (!consent || !mayWithdraw(consent)) throw notFound();
  const requests = await db.transaction(async (trx) => {
    const asked = await withdrawOwnConsent(trx, visitor, consent);
    if (!asked) return [];
    const subject = { kind: 'notice', id: consent.notice.id } as const;
    const detail = { consent: consent.id, purpose: consent.purpose, requests: asked.length };
    await recordVisitor(deps, { req, res }, { action: 'consent_withdrawn', subject, detail }, trx);
    return asked;
  });
  await Promise.all(requests.map((request) => deps.delivery.deliver(request, 1_500)));
  res.redirect(303, `/my-data?withdrawn=${consent.purpose}#consents`);
}
