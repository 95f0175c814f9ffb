import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { yuan } from '../../domain/fee.ts';
import { cashNote } from '../../domain/gate-cash.ts';
import { normalisePlate } from '../../domain/plate.ts';
import { timeRange } from '../../domain/time.ts';
import type { CashDesk } from '../ask-cash.ts';
import { signedIn } from './guard.ts';
import type { ConsoleSessions } from './sessions.ts';

/**
 * `/cash`: a vehicle's fee in cash. The guard looks its plate up, takes the money and notes it; the pass follows by itself. Nothing can
 * be noted without contact, and the page says so before any money changes hands.
 */
export function cashRoutes({ cash, sessions }: { cash: CashDesk; sessions: ConsoleSessions }): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: '4kb', parameterLimit: 10 });
  const guarded = [signedIn(sessions), form];

  router.get('/cash', signedIn(sessions), (_req, res) => render(res, {}));
  // Loading an answer's page anew asks for nothing.
  router.get('/cash/searches', (_req, res) => res.redirect(303, '/cash'));
  router.post('/cash/searches', guarded, async (req: Request, res: Response) => {
    const typed = z.object({ plate: z.string().max(40) }).safeParse(req.body).data?.plate ?? '';
    await search(res, cash, { plate: normalisePlate(typed) });
  });
  router.post('/cash', guarded, async (req: Request, res: Response) => {
    const typed = noteShape.safeParse(req.body).data;
    if (!typed) return render(res.status(400), { end: 'malformed' });
    const { plate, ...note } = typed;
    const noted = await cash.note(note);
    if (!noted) return render(res.status(503), { end: 'unknown', plate, again: typed });
    if (noted.end === 'noted') return render(res, { end: 'noted', amount: note.amount });
    await search(res.status(409), cash, { plate, end: noted.end });
  });
  return router;
}

const noteShape = cashNote.extend({
  amount: z.coerce.number().pipe(cashNote.shape.amount),
  plate: z.string().max(40),
});

interface Shown {
  plate?: string;
  /** What became of it, by the name of its sentence. */
  end?: string;
  /** Fen, noted. */
  amount?: number;
  /** Not known whether it was kept: the same note once more. */
  again?: z.output<typeof noteShape>;
  dues?: { reservation: string; lead: string | null; amount: number; window: string; id: string }[];
  guards?: { id: string; name: string }[];
}

async function search(res: Response, cash: CashDesk, { plate, end }: { plate: string; end?: string }) {
  if (plate === '') return render(res.status(422), { end: 'no_plate' });
  const found = await cash.search({ plate: plate.slice(0, 20) });
  if (!found) return render(res.status(503), { plate, end: 'no_contact' });
  render(res, {
    plate,
    end: end ?? (found.dues.length === 0 ? 'none' : found.guards.length === 0 ? 'nobody' : undefined),
    guards: found.guards,
    dues: found.dues.map(({ from, until, ...due }) => ({
      ...due,
      window: timeRange(from, until),
      // One id a form: sent twice it is one payment.
      id: randomUUID(),
    })),
  });
}

function render(res: Response, shown: { [K in keyof Shown]: Shown[K] | undefined }): void {
  res.render('cash', { plate: '', end: undefined, again: undefined, amount: 0, dues: [], guards: [], ...shown, yuan });
}
