import { Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { agreed, signedIn } from '../visitor/guard.ts';
import { bindPass } from './binding.ts';
import { sendCalendar } from './calendar.ts';
import { listPasses } from './list.ts';
import { openPass } from './opening.ts';
import { printPass, saveImage } from './print.ts';
import { showGuide, showPass, showQr } from './show.ts';

/** 我的凭证 and 通行凭证. */
export function passRoutes(deps: WebDeps): Router {
  const router = Router();
  router.get('/passes', signedIn, agreed, listPasses(deps));
  router.get('/passes/:id', showPass(deps));
  router.get('/passes/:id/qr', showQr(deps));
  router.get('/passes/:id/guide', showGuide(deps));
  router.post('/passes/:id/opening', openPass(deps));
  router.post('/passes/:id/bindings', bindPass(deps));
  router.get('/passes/:id/print', printPass(deps));
  router.get('/passes/:id/image.png', saveImage(deps));
  router.get('/passes/:id/visit.ics', sendCalendar(deps));
  return router;
}
