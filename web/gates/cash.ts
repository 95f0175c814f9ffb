import { type Request, Router } from 'express';
import {
  type CashEnd,
  type CashFound,
  type CashNote,
  type CashNoted,
  cashNote,
  cashSearch,
} from '../../domain/gate-cash.ts';
import { record } from '../../store/audit/audit.ts';
import type { EnrolledGate } from '../../store/gates/gate.ts';
import { cashDues, cashiersAt, noteCash } from '../../store/payments/cash.ts';
import type { WebDeps } from '../deps.ts';
import { afterCash } from '../payment/cash.ts';
import { gateAsked } from './gate-asked.ts';

type Deps = Pick<WebDeps, 'db' | 'cipher' | 'orders'> & { keys: Pick<WebDeps['keys'], 'feed'> };

/**
 * `POST /gates/:id/cash/searches` and `POST /gates/:id/cash`: machines only, signed by the gate's own key, answered under the feed key.
 * The plate stands in the body, never in an address. Each look and each note is in the audit.
 */
export function cashRoutes(deps: Deps): Router {
  const router = Router();
  const asked = gateAsked(deps, '4kb');
  router.post('/gates/:id/cash/searches', asked('cash-search', cashSearch, search(deps)));
  router.post('/gates/:id/cash', asked('cash-note', cashNote, note(deps)));
  return router;
}

const search =
  ({ db, cipher }: Deps) =>
  async (
    gate: EnrolledGate,
    { plate }: { plate: string },
    req: Request,
  ): Promise<Omit<CashFound, 'gate' | 'asked'>> => {
    const dues = await cashDues(db, cipher, { campus: gate.campus, plate });
    await record(db, {
      actor: { kind: 'gate', id: gate.id },
      action: 'cash_searched',
      subject: { kind: 'gate', id: gate.id },
      detail: { found: dues.length },
      requestId: String(req.id),
    });
    return { dues, guards: await cashiersAt(db, gate.campus) };
  };

const note =
  (deps: Deps) =>
  async (gate: EnrolledGate, cash: CashNote, req: Request): Promise<Omit<CashNoted, 'gate' | 'asked'>> => {
    const { db } = deps;
    const end = await db.transaction(async (trx): Promise<CashEnd> => {
      const { end, isNew } = await noteCash(trx, { ...cash, campus: gate.campus });
      if (isNew) {
        await record(trx, {
          actor: { kind: 'gate', id: gate.id },
          action: 'cash_noted',
          subject: { kind: 'reservation', id: cash.reservation },
          detail: { order: cash.id, amount: cash.amount, guard: cash.guard },
          requestId: String(req.id),
        });
      }
      return end;
    });
    if (end === 'noted') afterCash(deps, cash.reservation);
    return { end };
  };
