import { type RequestHandler, Router } from 'express';
import type { WebDeps } from '../deps.ts';
import { staffOnly } from '../staff/guard.ts';
import { showEvidence } from './evidence.ts';

/** The page by which those who sign can show what they signed. */
export function evidenceRoutes(deps: WebDeps): Router {
  const router = Router();
  const staff: RequestHandler[] = [staffOnly];
  router.get('/staff/visits/:id/evidence', staff, showEvidence(deps));
  return router;
}

export const evidencePath = (reservation: string): string => `/staff/visits/${reservation}/evidence`;
