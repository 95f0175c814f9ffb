import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { feedHeaders, isTimely } from '../../domain/feed.ts';
import {
  type CashAsk,
  type CashEnd,
  type CashFound,
  type CashNote,
  type CashNoted,
  cashAnswerText,
  cashNote,
  cashRequestText,
  cashSearch,
} from '../../domain/gate-cash.ts';
import { ringSigner } from '../../platform/ring-signer.ts';
import { createVerifier } from '../../platform/signing.ts';
import { record } from '../../store/audit/audit.ts';
import { type EnrolledGate, findEnrolledGate } from '../../store/gates/gate.ts';
import { cashDues, cashiersAt, noteCash } from '../../store/payments/cash.ts';
import type { WebDeps } from '../deps.ts';
import { afterCash } from '../payment/cash.ts';

type Deps = Pick<WebDeps, 'db' | 'cipher' | 'orders'> & { keys: Pick<WebDeps['keys'], 'feed'> };

/**
 * `POST /gates/:id/cash/searches` and `POST /gates/:id/cash`: machines only, signed by the gate's own key, answered under the feed key.
 * The plate stands in the body, never in an address. Each look and each note is in the audit.
 */
export function cashRoutes(deps: Deps): Router {
  const signer = ringSigner(deps.keys.feed);
  const router = Router();
  const raw = express.raw({ type: () => true, limit: '4kb' });

  function answering<T extends z.ZodType>(
    ask: CashAsk,
    shape: T,
    act: (gate: EnrolledGate, asked: z.output<T>, req: Request) => Promise<object>,
  ) {
    return async (req: Request, res: Response) => {
      const signed = await readSigned(deps, ask, req);
      if (typeof signed === 'string') return refuse(res, 401, signed);
      const asked = shape.safeParse(signed.json).data;
      if (!asked) return refuse(res, 400, 'malformed');
      const body = JSON.stringify({
        gate: signed.gate.id,
        asked: signed.time,
        ...(await act(signed.gate, asked, req)),
      });
      const { keyId, sign } = signer();
      res.set(feedHeaders.pageSignature, `${keyId}:${sign(Buffer.from(cashAnswerText(ask, body))).toString('base64')}`);
      res.set('Cache-Control', 'no-store').type('json').send(body);
    };
  }

  router.post('/gates/:id/cash/searches', raw, answering('search', cashSearch, search(deps)));
  router.post('/gates/:id/cash', raw, answering('note', cashNote, note(deps)));
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

const headers = z.object({
  gate: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  time: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  signature: z.base64().transform((text) => Buffer.from(text, 'base64')),
});

/** An unknown gate, a retired one and a wrong signature get the same answer; `clock` only a gate that proved itself. */
async function readSigned({ db }: Deps, ask: CashAsk, req: Request) {
  const said = headers.safeParse({
    gate: req.params.id,
    time: req.get(feedHeaders.time),
    signature: req.get(feedHeaders.signature),
  }).data;
  const gate = said && (await findEnrolledGate(db, said.gate));
  if (!gate) return 'not_accepted';
  const body = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
  const text = cashRequestText({ ask, gate: gate.id, time: said.time, body });
  if (!createVerifier(gate.identityKey)(Buffer.from(text), said.signature)) return 'not_accepted';
  if (!isTimely(said, Date.now())) return 'clock';
  return { gate, time: said.time, json: readJson(body) };
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refuse(res: Response, status: number, code: string): void {
  res.status(status).set('Cache-Control', 'no-store').json({ code });
}
