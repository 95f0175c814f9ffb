import { type Request, Router } from 'express';
import { type EmergencyEntry, emergencyEntry } from '../../domain/gate-emergency.ts';
import { record } from '../../store/audit/audit.ts';
import { noteEmergency } from '../../store/gates/emergency.ts';
import type { EnrolledGate } from '../../store/gates/gate.ts';
import type { WebDeps } from '../deps.ts';
import { gateAsked } from './gate-asked.ts';

type Deps = Pick<WebDeps, 'db'> & { keys: Pick<WebDeps['keys'], 'feed'> };

/** `POST /gates/:id/emergencies`: a guard let somebody in without a pass. Told as soon as the gate has contact, and once. */
export function emergencyRoutes(deps: Deps): Router {
  const router = Router();
  router.post('/gates/:id/emergencies', gateAsked(deps, '4kb')('emergency', emergencyEntry, note(deps)));
  return router;
}

const note =
  ({ db }: Deps) =>
  (gate: EnrolledGate, entry: EmergencyEntry, req: Request) =>
    db.transaction(async (trx) => {
      if (await noteEmergency(trx, { ...entry, gate: gate.id, campus: gate.campus })) {
        await record(trx, {
          actor: { kind: 'gate', id: gate.id },
          action: 'emergency_noted',
          subject: { kind: 'gate', id: gate.id },
          detail: { entry: entry.id, kind: entry.kind, ...(entry.guard && { guard: entry.guard }) },
          requestId: String(req.id),
        });
      }
      return { end: 'noted' };
    });
