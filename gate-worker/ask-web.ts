import type { z } from 'zod';
import { feedHeaders } from '../domain/feed.ts';
import { type GateAsk, gateAnswerText, gateAskText } from '../domain/gate-ask.ts';
import type { Signer } from '../platform/signing.ts';
import type { FeedSource } from './fetch-page.ts';

const patience = 5_000;
const longestAnswer = 100_000;

/**
 * Posts something to `web` under the gate's own key.
 * @returns undefined: it did not answer, or somebody else answered for it
 */
export async function askWeb<T extends { gate: string; asked: number }>(
  source: FeedSource,
  to: { ask: GateAsk; path: string; shape: z.ZodType<T> },
  what: object,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const request = { ask: to.ask, gate: source.gate, time: Date.now(), body: JSON.stringify(what) };
  for (const sign of source.own.signers()) {
    const answer = await post(`${source.url}/gates/${source.gate}/${to.path}`, request, { sign, signal }).catch(
      () => undefined,
    );
    // Refused under this key: the server may know the other one by now.
    if (answer?.status === 401) continue;
    if (answer?.status !== 200 || !isSigned(answer, to.ask, source)) return undefined;
    const said = to.shape.safeParse(JSON.parse(answer.body)).data;
    return said?.gate === source.gate && said.asked === request.time ? said : undefined;
  }
  return undefined;
}

async function post(
  url: string,
  request: Parameters<typeof gateAskText>[0],
  { sign, signal }: { sign: Signer; signal?: AbortSignal | undefined },
) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      [feedHeaders.time]: String(request.time),
      [feedHeaders.signature]: sign(Buffer.from(gateAskText(request))).toString('base64'),
    },
    body: request.body,
    redirect: 'error',
    signal: AbortSignal.any([AbortSignal.timeout(patience), ...(signal ? [signal] : [])]),
  });
  const body = await answer.text();
  if (body.length > longestAnswer) throw new Error('An answer that is none');
  return { status: answer.status, body, signature: answer.headers.get(feedHeaders.pageSignature) ?? '' };
}

function isSigned({ body, signature }: { body: string; signature: string }, ask: GateAsk, { trusted }: FeedSource) {
  const [, kid, bytes = ''] = /^(\d{1,5}):([A-Za-z0-9+/=]{88})$/.exec(signature) ?? [];
  return trusted.verifyPage(Number(kid), Buffer.from(gateAnswerText(ask, body)), Buffer.from(bytes, 'base64'));
}
