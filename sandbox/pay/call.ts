import type { Request, RequestHandler, Response } from 'express';
import { type FaultMode, type Faults, type FaultTarget, loseAnswer } from '../faults.ts';
import type { PayAccount } from './account.ts';
import type { Books } from './books.ts';
import { createRequestCheck } from './request.ts';
import { signedHeaders } from './seal.ts';

/** What a call comes to. No body: 204. */
export interface Outcome {
  status: number;
  body?: Record<string, unknown>;
}

export const done = (body?: Record<string, unknown>): Outcome =>
  body === undefined ? { status: 204 } : { status: 200, body };
export const refuse = (status: number, code: string, message: string): Outcome => ({ status, body: { code, message } });

export type Call = (target: FaultTarget | undefined, act: (request: Request) => Outcome) => RequestHandler;

const slowMs = 1_500;
const tooOldMs = 301_000;

/** Before it acts: our signature. After it: its own, on errors and empty answers too. */
export function createCall(account: PayAccount, faults: Faults, books: Books): Call {
  const check = createRequestCheck(account);

  /** As the merchant wants it signed; `mode` does it badly. */
  function send(request: Request, response: Response, { status, body }: Outcome, mode: FaultMode = 'none'): void {
    const text = body === undefined ? '' : JSON.stringify(body);
    const asked = request.headers['wechatpay-serial'];
    const signer = account.signer(typeof asked === 'string' ? asked : undefined);
    const by = mode === 'forged' ? account.stranger(signer.serial) : signer;
    const headers = signedHeaders(by, text, mode === 'stale' ? Date.now() - tooOldMs : Date.now());
    if (mode === 'probe') headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${headers['Wechatpay-Signature']}`;
    if (mode !== 'unsigned') response.set(headers);
    response.status(status).set('Request-ID', crypto.randomUUID());
    if (text === '') response.end();
    else response.type('application/json').send(text);
  }

  return (target, act) => async (request, response) => {
    const problem = check.problemOf(request);
    // Where it does not know who asks, WeChat Pay signs nothing.
    if (problem) return send(request, response, refuse(401, 'SIGN_ERROR', problem), 'unsigned');
    // What is changed on its way is the file that follows, not this answer.
    const mode = target === undefined || faults.peek(target) === 'changed' ? 'none' : faults.take(target);
    if (mode === 'hang') return;
    if (mode === 'drop') return loseAnswer(request, response);
    const refusal = refusals[mode];
    if (refusal) return send(request, response, refusal);
    const outcome = act(request);
    if (request.method !== 'GET') books.save();
    if (mode === 'lose') return loseAnswer(request, response);
    if (mode === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs));
    send(request, response, distorted(outcome, mode), mode);
  };
}

const refusals: Partial<Record<FaultMode, Outcome>> = {
  busy: refuse(429, 'FREQUENCY_LIMITED', '频率超限'),
  error: refuse(500, 'SYSTEM_ERROR', '系统异常，请稍后重试'),
  refuse: refuse(403, 'NO_AUTH', '商户无此权限'),
};

/** Properly signed, and about somebody else's, or another sum. */
function distorted(outcome: Outcome, mode: FaultMode): Outcome {
  const { status, body } = outcome;
  if (!body || (mode !== 'foreign' && mode !== 'sum')) return outcome;
  if (mode === 'sum') return { status, body: withOneMore(body) };
  return {
    status,
    body: {
      ...body,
      ...('mchid' in body && { mchid: '1999999999' }),
      ...('out_refund_no' in body && { out_refund_no: 'f'.repeat(32) }),
    },
  };
}

/** A fen more was paid, or paid back, than there was. */
export function withOneMore(body: Record<string, unknown>): Record<string, unknown> {
  const amount = body.amount as { total?: number; refund?: number } | undefined;
  if (!amount) return body;
  const { refund, total = 0 } = amount;
  return { ...body, amount: { ...amount, ...(refund === undefined ? { total: total + 1 } : { refund: refund + 1 }) } };
}
