import { z } from 'zod';
import { lineCode, neverArrived } from '../line-fault.ts';
import { failure, failureOf, type WechatFailure } from './fault.ts';

/** One call to WeChat's API: JSON in, JSON out, five seconds at most. Errors come as HTTP 200 with `text/plain`. */

const limitMs = 5_000;
const longestAnswer = 64 * 1024;

const answerShape = z.looseObject({ errcode: z.number().int().default(0) });
type Answer = z.output<typeof answerShape>;

/** `path` with its query; a `body` makes it a POST. Never throws for what WeChat or the network does. */
export async function callWechat(url: URL, body?: unknown): Promise<{ ok: true; answer: Answer } | WechatFailure> {
  let text: string;
  try {
    const response = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json; charset=utf-8' } }),
    });
    text = await response.text();
    if (response.status >= 500) return failure('busy');
  } catch (error) {
    return failure(neverArrived(lineCode(error)) ? 'unreachable' : 'unknown');
  }
  const answer = text.length <= longestAnswer ? parseAnswer(text) : undefined;
  if (!answer) return failure('unknown');
  return answer.errcode === 0 ? { ok: true, answer } : failureOf(answer.errcode);
}

/** Message ids are beyond 2^53 and would be rounded: they become text before the JSON is read. */
function parseAnswer(text: string): Answer | undefined {
  try {
    const parsed = answerShape.safeParse(JSON.parse(text.replace(/"msgid"\s*:\s*(\d+)/g, '"msgid":"$1"')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
