import { randomUUID } from 'node:crypto';
import express, { type Response, Router } from 'express';
import { z } from 'zod';
import { day, shortTime } from '../../domain/time.ts';
import type { Judge } from '../answer-scan.ts';
import type { Emergencies } from '../emergencies.ts';
import type { Guards } from '../guards.ts';
import type { Handovers } from '../handovers.ts';
import { guardOf, signedIn } from './guard.ts';
import type { ConsoleSessions } from './sessions.ts';

/** `/shift`: what the guard before left to know, and what was done by hand within a day. */
export function shiftRoutes(parts: {
  judge: Judge;
  sessions: ConsoleSessions;
  guards: Pick<Guards, 'name'>;
  handovers: Handovers;
  emergencies: Pick<Emergencies, 'since' | 'waiting'>;
}): Router {
  const { judge, sessions, guards, handovers, emergencies } = parts;
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '32kb', parameterLimit: 4 });

  function render(res: Response, shown: { fault?: string; note?: string; saved?: boolean }, now = Date.now()): void {
    const named = <T extends { at: number; guard?: string | null | undefined }>(one: T) => ({
      ...one,
      time: shortTime(one.at),
      by: one.guard ? guards.name(one.guard) : undefined,
    });
    res.render('shift', {
      id: randomUUID(),
      fault: undefined,
      note: '',
      saved: false,
      ...shown,
      mostNote,
      notes: handovers.latest(now).map(named),
      emergencies: emergencies.since(now - day, mostActs).map(named),
      untold: emergencies.waiting(),
      acts: judge.scans.byHandSince(now - day, mostActs).map(named),
    });
  }

  router.get('/shift', signedIn(sessions), (req, res) => render(res, { saved: 'saved' in req.query }));
  router.get('/shift/notes', (_req, res) => res.redirect(303, '/shift'));
  router.post('/shift/notes', signedIn(sessions), form, (req, res) => {
    const { id, note } = typedNote.parse(req.body ?? {});
    if (note === '' || note.length > mostNote) {
      return render(res.status(422), { fault: note === '' ? 'shift.no_note' : 'shift.long_note', note });
    }
    if (handovers.leave({ id, at: Date.now(), guard: guardOf(res), note })) return res.redirect(303, '/shift?saved');
    render(res.status(503), { fault: 'shift.unwritten', note });
  });
  return router;
}

const mostNote = 1_000;
const mostActs = 100;
const typedNote = z.object({
  id: z.uuid().catch(() => randomUUID()),
  note: z.string().trim().catch(''),
});
