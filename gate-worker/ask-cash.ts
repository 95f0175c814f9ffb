import type { z } from 'zod';
import { feedHeaders } from '../domain/feed.ts';
import {
  type CashAsk,
  type CashFound,
  type CashNote,
  type CashNoted,
  type CashSearch,
  cashAnswerText,
  cashFound,
  cashNoted,
  cashRequestText,
} from '../domain/gate-cash.ts';
import type { Signer } from '../platform/signing.ts';
import type { FeedSource } from './fetch-page.ts';

/**
 * Asks `web` what a vehicle owes, and notes cash there. Undefined: it did not answer, or somebody else answered for it; whether a note
 * was kept is then not known, and the same one sent again is no second payment.
 */
export interface CashDesk {
  search(asked: CashSearch): Promise<CashFound | undefined>;
  note(cash: CashNote): Promise<CashNoted | undefined>;
}

const patience = 5_000;
const longestAnswer = 100_000;

export function createCashDesk(source: FeedSource): CashDesk {
  return {
    search: (asked) => ask(source, { ask: 'search', path: 'cash/searches', shape: cashFound }, asked),
    note: (cash) => ask(source, { ask: 'note', path: 'cash', shape: cashNoted }, cash),
  };
}

async function ask<T extends { gate: string; asked: number }>(
  source: FeedSource,
  to: { ask: CashAsk; path: string; shape: z.ZodType<T> },
  what: object,
): Promise<T | undefined> {
  const request = { ask: to.ask, gate: source.gate, time: Date.now(), body: JSON.stringify(what) };
  for (const sign of source.own.signers()) {
    const answer = await post(`${source.url}/gates/${source.gate}/${to.path}`, request, sign).catch(() => undefined);
    // Refused under this key: the server may know the other one by now.
    if (answer?.status === 401) continue;
    if (answer?.status !== 200 || !isSigned(answer, to.ask, source)) return undefined;
    const said = to.shape.safeParse(JSON.parse(answer.body)).data;
    return said?.gate === source.gate && said.asked === request.time ? said : undefined;
  }
  return undefined;
}

async function post(url: string, request: Parameters<typeof cashRequestText>[0], sign: Signer) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [feedHeaders.time]: String(request.time),
      [feedHeaders.signature]: sign(Buffer.from(cashRequestText(request))).toString('base64'),
    },
    body: request.body,
    redirect: 'error',
    signal: AbortSignal.timeout(patience),
  });
  const body = await answer.text();
  if (body.length > longestAnswer) throw new Error('An answer that is none');
  return { status: answer.status, body, signature: answer.headers.get(feedHeaders.pageSignature) ?? '' };
}

function isSigned({ body, signature }: { body: string; signature: string }, ask: CashAsk, { trusted }: FeedSource) {
  const [, kid, bytes = ''] = /^(\d{1,5}):([A-Za-z0-9+/=]{88})$/.exec(signature) ?? [];
  return trusted.verifyPage(Number(kid), Buffer.from(cashAnswerText(ask, body)), Buffer.from(bytes, 'base64'));
}
