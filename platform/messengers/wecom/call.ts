import { z } from 'zod';
import { callWithToken, type KeptToken, keepAccessToken, type TokenStore } from '../../access-token.ts';
import { callMessenger } from '../call.ts';
import { type MessengerFailure, type MessengerFault, messengerFailure } from '../messenger.ts';

/** Calls to 企业微信: errors come as HTTP 200 with an `errcode`. */

export interface WecomApp {
  url: string;
  corpId: string;
  secret: string;
}

/** `全局错误码` of its documentation. */
const byErrcode: Record<number, MessengerFault | 'token'> = {
  [-1]: 'busy',
  40001: 'misconfigured',
  40013: 'misconfigured',
  40014: 'token',
  40056: 'misconfigured',
  42001: 'token',
  42007: 'token',
  42009: 'token',
  45009: 'busy',
  45033: 'busy',
  48002: 'misconfigured',
  60011: 'misconfigured',
  60020: 'misconfigured',
  60111: 'no_user',
  81013: 'no_user',
  301002: 'misconfigured',
};

/** As far as it is read. */
const answerShape = z.looseObject({
  errcode: z.number().int().default(0),
  msgid: z.string().max(256).optional(),
  invaliduser: z.string().optional(),
  unlicenseduser: z.string().optional(),
});
export type WecomAnswer = { ok: true; answer: z.output<typeof answerShape> };

const tokenShape = z.object({ access_token: z.string().min(1).max(2048), expires_in: z.number().positive() });

/** A failure that another token may mend. */
const tokenRefused = new Set(['40014', '42001', '42007', '42009']);

async function ask(url: URL, body?: unknown): Promise<WecomAnswer | MessengerFailure> {
  const called = await callMessenger(url, body === undefined ? {} : { body });
  if (!called.ok) return called;
  const parsed = answerShape.safeParse(called.answer);
  if (!parsed.success) return messengerFailure('unknown');
  const { errcode } = parsed.data;
  if (errcode === 0) return { ok: true, answer: parsed.data };
  const fault = byErrcode[errcode] ?? 'refused';
  return messengerFailure(fault === 'token' ? 'busy' : fault, errcode);
}

/** The app's calls, with a token that all processes share. */
export function createWecomCalls({ url: base, corpId, secret }: WecomApp, store: TokenStore) {
  const askToken = async (): Promise<KeptToken | MessengerFailure> => {
    const url = new URL('/cgi-bin/gettoken', base);
    url.search = new URLSearchParams({ corpid: corpId, corpsecret: secret }).toString();
    const result = await ask(url);
    // Nothing was sent yet: a lost answer is only late.
    if (!result.ok) return result.fault === 'unknown' ? messengerFailure('busy', result.code) : result;
    const parsed = tokenShape.safeParse(result.answer);
    if (!parsed.success) return messengerFailure('busy');
    const { access_token: token, expires_in: seconds } = parsed.data;
    return { token, expiresAt: new Date(Date.now() + seconds * 1000) };
  };
  const tokens = keepAccessToken<MessengerFailure>(store, {
    ask: askToken,
    // A token is asked for before anything is sent.
    busy: () => messengerFailure('busy'),
  });

  return {
    askToken,
    post: (path: string, body: unknown): Promise<WecomAnswer | MessengerFailure> =>
      callWithToken(
        tokens,
        (token) => {
          const url = new URL(path, base);
          url.searchParams.set('access_token', token);
          return ask(url, body);
        },
        (result) => !result.ok && tokenRefused.has(result.code ?? ''),
      ),
  };
}
