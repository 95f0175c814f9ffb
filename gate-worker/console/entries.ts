import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { handReasons } from '../../domain/hand-entry.ts';
import type { Judge } from '../answer-scan.ts';
import { letIn, overrulable } from '../let-in.ts';
import { guardOf, signedIn } from './guard.ts';
import { scanningHeaders } from './headers.ts';
import type { ConsoleSessions } from './sessions.ts';
import { expected } from './today.ts';
import { answerView, blank } from './view.ts';

/**
 * `POST /entries`: a guard lets somebody in by hand, either whose pass was refused a moment ago (`of`: the nonce of that check), or
 * somebody out of today's list (`reservation`, `ordinal`). A reason has to be chosen: nobody is let in by one tap.
 */
export function entryRoutes({ judge, sessions }: { judge: Judge; sessions: ConsoleSessions }): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 });
  router.get('/entries', (_req, res) => res.redirect(303, '/'));
  router.post('/entries', scanningHeaders, signedIn(sessions), form, (req: Request, res: Response) => {
    const typed = shape.safeParse(req.body).data;
    const whose = typed && whoseEntry(typed, judge);
    const fault = !typed ? 'hand.no_reason' : whose ? undefined : 'hand.too_late';
    if (!typed || !whose) return void res.status(422).render('page', { ...blank(judge), fault });
    const { nonce, reason } = typed;
    const answered = letIn({ nonce, reason, guard: guardOf(res), ...whose }, judge);
    res.render('page', { ...blank(judge), answer: answerView(answered, judge, { nonce }) });
  });
  return router;
}

const shape = z.object({
  nonce: z.uuid(),
  reason: z.enum(handReasons),
  of: z.uuid().optional(),
  reservation: z.uuid().optional(),
  ordinal: z.coerce.number().int().min(0).max(0xffff).optional(),
});

function whoseEntry({ of, reservation, ordinal }: z.output<typeof shape>, judge: Judge) {
  if (of !== undefined) {
    const refused = overrulable({ device: 'console', nonce: of }, judge);
    return refused && { pass: refused, party: refused.party };
  }
  const one = expected(judge).find((pass) => pass.reservation === reservation && pass.ordinal === ordinal);
  return one?.guard && { pass: one, party: { name: one.guard.name, plate: one.guard.plate ?? null } };
}
