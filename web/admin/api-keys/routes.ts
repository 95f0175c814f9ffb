import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../../deps.ts';
import { adminOnly, navigation, staffOnly } from '../../staff/guard.ts';
import { makeKey, revokeKey, showApiKeys } from './page.ts';

/** Keys of other systems, made and revoked by admins. */
export function apiKeyRoutes(deps: WebDeps): Router {
  const router = Router();
  const admin: RequestHandler[] = [staffOnly, adminOnly, navigation(deps)];
  router.get('/admin/api-keys', admin, showApiKeys(deps));
  router.post('/admin/api-keys', admin, makeKey(deps));
  router.post('/admin/api-keys/:id/revocation', admin, revokeKey(deps));
  return router;
}
