import type { Decision } from '../../domain/gate-decision.ts';
import { second } from '../../domain/time.ts';
import { answerChallenge, type DigestUser } from './digest.ts';

/** What a gate says to a device that speaks ISAPI, with HTTP Digest. */
export type Isapi = ReturnType<typeof createIsapi>;

/** Of each request; ms. */
const patience = 1.5 * second;

interface Body {
  type: string;
  text: string;
}

/** @param url of the device, without a path */
export function createIsapi(url: string, user: DigestUser) {
  let challenge: string | undefined;
  let count = 0;

  /**
   * @param latest epoch milliseconds: afterwards nothing is sent, and nothing is waited for
   * @throws Error where the device does not take it, or not in time
   */
  async function put(path: string, body: Body, latest = Number.POSITIVE_INFINITY): Promise<void> {
    let response = await send(path, body, latest);
    if (response.status === 401) {
      challenge = response.headers.get('www-authenticate') ?? undefined;
      count = 0;
      await response.body?.cancel();
      response = await send(path, body, latest);
    }
    await response.body?.cancel();
    if (!response.ok) throw new Error(`The device answered ${response.status}`);
  }

  function send(path: string, { type, text }: Body, latest: number): Promise<Response> {
    const wait = Math.min(patience, latest - Date.now());
    if (wait <= 0) throw new Error('It is too late to tell the device');
    count += 1;
    const authorization = challenge && answerOne(challenge, user, { method: 'PUT', uri: path, count });
    return fetch(new URL(path, url), {
      method: 'PUT',
      headers: { 'Content-Type': type, ...(authorization ? { Authorization: authorization } : {}) },
      body: text,
      redirect: 'error',
      signal: AbortSignal.timeout(wait),
    });
  }

  return {
    /** Answers a remote verification. */
    check(serialNo: number, { open, reason }: Decision, latest: number): Promise<void> {
      const RemoteCheck = { serialNo, checkResult: open ? 'success' : 'failed', info: reason };
      const body = { type: 'application/json', text: JSON.stringify({ RemoteCheck }) };
      return put('/ISAPI/AccessControl/remoteCheck?format=json', body, latest);
    },
    door: (door: number, command: 'open' | 'alwaysOpen' | 'close'): Promise<void> =>
      put(`/ISAPI/AccessControl/RemoteControl/door/${door}`, {
        type: 'application/xml',
        text: `<?xml version="1.0" encoding="UTF-8"?><RemoteControlDoor><cmd>${command}</cmd></RemoteControlDoor>`,
      }),
  };
}

/** Several challenges come as one header, by fetch; the first that can be answered is. */
function answerOne(challenges: string, user: DigestUser, asked: Parameters<typeof answerChallenge>[2]) {
  for (const challenge of challenges.split(/,\s*(?=Digest\s)/i)) {
    const answer = answerChallenge(challenge, user, asked);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
