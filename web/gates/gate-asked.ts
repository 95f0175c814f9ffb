import express, { type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import { feedHeaders, isTimely } from '../../domain/feed.ts';
import { type GateAsk, gateAnswerText, gateAskText } from '../../domain/gate-ask.ts';
import { ringSigner } from '../../platform/ring-signer.ts';
import { createVerifier } from '../../platform/signing.ts';
import { type EnrolledGate, findEnrolledGate } from '../../store/gates/gate.ts';
import type { WebDeps } from '../deps.ts';

type Deps = Pick<WebDeps, 'db'> & { keys: Pick<WebDeps['keys'], 'feed'> };

/** Handlers of what gates post: signed by the gate, of the shape that is asked for, answered under the feed key. */
export function gateAsked(deps: Deps, limit: string) {
  const signer = ringSigner(deps.keys.feed);
  const raw = express.raw({ type: () => true, limit });
  return <T extends z.ZodType>(
    ask: GateAsk,
    shape: T,
    act: (gate: EnrolledGate, asked: z.output<T>, req: Request) => Promise<object>,
  ): RequestHandler[] => [
    raw,
    async (req, res) => {
      const signed = await readSigned(deps, ask, req);
      if (typeof signed === 'string') return refuse(res, 401, signed);
      const asked = shape.safeParse(signed.json).data;
      if (!asked) return refuse(res, 400, 'malformed');
      const answer = await act(signed.gate, asked, req);
      const body = JSON.stringify({ gate: signed.gate.id, asked: signed.time, ...answer });
      const { keyId, sign } = signer();
      res.set(feedHeaders.pageSignature, `${keyId}:${sign(Buffer.from(gateAnswerText(ask, body))).toString('base64')}`);
      res.set('Cache-Control', 'no-store').type('json').send(body);
    },
  ];
}

const headers = z.object({
  gate: z.string().regex(/^[a-z][a-z0-9-]{1,30}$/),
  time: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  signature: z.base64().transform((text) => Buffer.from(text, 'base64')),
});

/** An unknown gate, a retired one and a wrong signature get the same answer; `clock` only a gate that proved itself. */
async function readSigned({ db }: Pick<WebDeps, 'db'>, ask: GateAsk, req: Request) {
  const said = headers.safeParse({
    gate: req.params.id,
    time: req.get(feedHeaders.time),
    signature: req.get(feedHeaders.signature),
  }).data;
  const gate = said && (await findEnrolledGate(db, said.gate));
  if (!gate) return 'not_accepted';
  const body = Buffer.isBuffer(req.body) ? req.body.toString('utf8') : '';
  const text = gateAskText({ ask, gate: gate.id, time: said.time, body });
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
