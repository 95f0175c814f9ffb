import { lineCode, neverArrived } from '../line-fault.ts';
import { type MessengerFailure, messengerFailure } from './messenger.ts';

/** One call to a messenger's interface: JSON in, JSON out, five seconds at most. What its numbers mean is known to who calls. */

const limitMs = 5_000;
const longestAnswer = 64 * 1024;

export interface MessengerAnswer {
  ok: true;
  /** Below 500. */
  status: number;
  answer: Record<string, unknown>;
}

/** A `body` makes it a POST. Never throws for what the messenger or the network does. */
export async function callMessenger(
  url: URL,
  {
    body,
    headers,
    method = body === undefined ? 'GET' : 'POST',
  }: { body?: unknown; headers?: Record<string, string>; method?: string } = {},
): Promise<MessengerAnswer | MessengerFailure> {
  let text: string;
  let status: number;
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(limitMs),
      headers: { ...(body !== undefined && { 'content-type': 'application/json; charset=utf-8' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    status = response.status;
    text = await response.text();
  } catch (error) {
    return messengerFailure(neverArrived(lineCode(error)) ? 'unreachable' : 'unknown');
  }
  if (status >= 500 || status === 429) return messengerFailure('busy', status);
  const answer = text.length <= longestAnswer ? objectIn(text) : undefined;
  return answer ? { ok: true, status, answer } : messengerFailure('unknown');
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null && !Array.isArray(read) ? { ...read } : undefined;
  } catch {
    return undefined;
  }
}
