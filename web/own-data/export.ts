import { randomUUID } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { maskPhone } from '../../domain/masking.ts';
import { dayOf, exactTime } from '../../domain/time.ts';
import { exportOwn } from '../../store/own-data/own-export.ts';
import { readPhone } from '../../store/people/visitor.ts';
import { redeemFreshCode, takeFreshCodeState } from '../account/fresh-code.ts';
import type { WebDeps } from '../deps.ts';
import { signedIn, whoVisits } from '../visitor/guard.ts';
import { recordVisitor } from '../visitor/recording.ts';

/** `/my-data/export`: everything of one's own as a file, after a fresh code. The file says whose it is and when it was made. */
export function exportRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/my-data/export', signedIn, (req, res) => show(deps, req, res));
  router.post('/my-data/export', signedIn, (req, res) => send(deps, req, res));
  return router;
}

async function send(deps: WebDeps, req: Request, res: Response): Promise<void> {
  const { db, cipher } = deps;
  const { id: visitor } = whoVisits(res);
  const problem = await redeemFreshCode(deps, { req, res }, 'export');
  if (problem) return show(deps, req, res, { code: problem });
  const phone = await readPhone(db, cipher, visitor);
  const id = randomUUID();
  const now = new Date();
  const own = await exportOwn(db, deps, visitor);
  const watermark = {
    export: id,
    madeAt: now,
    madeAtShanghai: exactTime(now),
    forAccount: visitor,
    phone: maskPhone(phone ?? ''),
    note: res.locals.t('own.export.watermark', { time: exactTime(now), phone: maskPhone(phone ?? '') }),
  };
  await recordVisitor(
    deps,
    { req, res },
    { action: 'data_exported', subject: { kind: 'visitor', id: visitor }, detail: { export: id } },
  );
  res
    .attachment(`xiaomen-my-data-${dayOf(now)}.json`)
    .set('Cache-Control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(`${JSON.stringify({ watermark, ...own }, null, 2)}\n`);
}

async function show(deps: WebDeps, req: Request, res: Response, fields: { code?: string } = {}): Promise<void> {
  const phone = await readPhone(deps.db, deps.cipher, whoVisits(res).id);
  res.locals.path = '/my-data/export';
  res.status(fields.code ? 422 : 200).render('own-data/export', {
    phone: maskPhone(phone ?? ''),
    fields,
    code: takeFreshCodeState(req, 'export'),
  });
}
