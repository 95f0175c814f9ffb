import { Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { agreed, signedIn } from '../visitor/guard.ts';
import { listPasses } from './list.ts';
import { openPass } from './opening.ts';
import { showPass, showQr } from './show.ts';

/** 我的凭证 and 通行凭证. */
export function passRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/passes', signedIn, agreed, listPasses(deps));
  router.get('/passes/:id', showPass(deps));
  router.get('/passes/:id/qr', showQr(deps));
  router.post('/passes/:id/opening', openPass(deps));
  return router;
}
