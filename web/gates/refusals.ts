import { Router } from 'express';
import { refusedScans } from '../../domain/gate-refusal.ts';
import { recordRefusals } from '../../store/gates/refusal.ts';
import type { WebDeps } from '../deps.ts';
import { gateAsked } from './gate-asked.ts';

/** `POST /gates/:id/refusals`: scans that opened nothing, in batches; machines only. Nothing personal, and no workflow wakes up for it. */
export function refusalRoutes(deps: Pick<WebDeps, 'db'> & { keys: Pick<WebDeps['keys'], 'feed'> }): Router {
  const router = Router();
  const kept = gateAsked(deps, '100kb');
  router.post(
    '/gates/:id/refusals',
    kept('refusals', refusedScans, async (gate, { scans }) => ({
      kept: await recordRefusals(deps.db, gate.id, scans),
    })),
  );
  return router;
}
