import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../../deps.ts';
import { adminOnly, navigation, staffOnly } from '../../staff/guard.ts';
import { addWebhook, listWebhooks, path } from './list.ts';
import { changeSecret, sendDeliveryAgain, showWebhook, stopWebhook, tryWebhook } from './webhook.ts';

/** Web hooks, kept up by admins. */
export function webhookRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  router.get(path, admin, listWebhooks(deps));
  router.post(path, admin, addWebhook(deps));
  router.get(`${path}/:id`, admin, showWebhook(deps));
  router.post(`${path}/:id/stop`, admin, stopWebhook(deps));
  router.post(`${path}/:id/trials`, admin, tryWebhook(deps));
  router.post(`${path}/:id/secrets`, admin, changeSecret(deps));
  router.post(`${path}/:id/deliveries/:delivery/repetition`, admin, sendDeliveryAgain(deps));
  return router;
}
