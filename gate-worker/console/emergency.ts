import express, { Router } from 'express';
import { z } from 'zod';
import { emergencyKinds } from '../../domain/gate-emergency.ts';
import type { Judge } from '../answer-scan.ts';
import type { Emergencies } from '../emergencies.ts';
import { guardOf, signedIn } from './guard.ts';
import { scanningHeaders } from './headers.ts';
import type { ConsoleSessions } from './sessions.ts';
import { blank } from './view.ts';

/**
 * `POST /emergencies`: an ambulance, the fire brigade, the police or a repair comes in, by one tap and no questions. What it was about the
 * security desk writes down afterwards.
 */
export function emergencyRoutes(parts: {
  judge: Judge;
  sessions: ConsoleSessions;
  emergencies: Pick<Emergencies, 'note'>;
}): Router {
  const { judge, sessions, emergencies } = parts;
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 4 });
  router.get('/emergencies', (_req, res) => res.redirect(303, '/'));
  router.post('/emergencies', scanningHeaders, signedIn(sessions), form, (req, res) => {
    const typed = shape.safeParse(req.body).data;
    if (!typed) return void res.status(422).render('page', { ...blank(judge), fault: 'emergency.malformed' });
    emergencies.note({ ...typed, at: Date.now(), guard: guardOf(res) ?? null });
    res.render('page', { ...blank(judge), emergency: typed.kind });
  });
  return router;
}

const shape = z.object({ id: z.uuid(), kind: z.enum(emergencyKinds) });
