import { z } from 'zod';
import { callWithToken, type KeptToken, keepAccessToken } from '../access-token.ts';
import type { MessengerSettings } from '../staff-channel-settings.ts';
import { callMessenger } from './call.ts';
import { answerJson } from './callback.ts';
import { readFeishu } from './feishu/callback.ts';
import { cardOf } from './feishu/card.ts';
import { failureOf, isOfToken } from './feishu/fault.ts';
import { type Messenger, type MessengerFailure, messengerFailure, type TokenStoreOf } from './messenger.ts';

const answerShape = z.looseObject({ code: z.number().int(), msg: z.string().default('') });
const tokenShape = z.object({ tenant_access_token: z.string().min(1).max(2048), expire: z.number().positive() });
const sentShape = z.object({ data: z.object({ message_id: z.string().max(100) }) });

type Answer = { ok: true; answer: unknown };
const busy = (code?: string) => messengerFailure('busy', code);

/** An app of the university's own in 飞书: its bot writes to people by their user id. */
export function createFeishu(settings: MessengerSettings, tokensOf: TokenStoreOf): Messenger | undefined {
  const { FEISHU_APP_ID: app, FEISHU_APP_SECRET: secret, FEISHU_ENCRYPT_KEY: encryptKey } = settings;
  const { FEISHU_VERIFICATION_TOKEN: verificationToken, FEISHU_API_URL: base } = settings;
  if (!app || !secret || !encryptKey || !verificationToken) return undefined;

  async function call(path: string, body: unknown, token?: string): Promise<Answer | MessengerFailure> {
    const headers = { ...(token && { authorization: `Bearer ${token}` }) };
    const called = await callMessenger(new URL(path, base), { body, headers });
    if (!called.ok) return called;
    const parsed = answerShape.safeParse(called.answer);
    if (!parsed.success) return messengerFailure('unknown', called.status);
    return parsed.data.code === 0 ? { ok: true, answer: called.answer } : failureOf(parsed.data.code, parsed.data.msg);
  }

  async function ask(refused?: string): Promise<KeptToken | MessengerFailure> {
    const called = await call('/open-apis/auth/v3/tenant_access_token/internal', { app_id: app, app_secret: secret });
    // Nothing was sent yet: a lost answer is only late.
    if (!called.ok) return called.fault === 'unknown' ? busy(called.code) : called;
    const parsed = tokenShape.safeParse(called.answer);
    if (!parsed.success) return busy();
    const { tenant_access_token: token, expire } = parsed.data;
    // Nothing makes Feishu give another one: it has one for everybody until its last half hour.
    if (token === refused) return busy();
    return { token, expiresAt: new Date(Date.now() + expire * 1000) };
  }
  const tokens = keepAccessToken<MessengerFailure>(tokensOf(`messenger/feishu/${app}`), { ask, busy: () => busy() });

  return {
    name: 'feishu',

    async send(user, message, once) {
      const body = { receive_id: user, msg_type: 'interactive', content: JSON.stringify(cardOf(message)), uuid: once };
      const sent = await callWithToken<MessengerFailure, Answer>(
        tokens,
        (token) => call('/open-apis/im/v1/messages?receive_id_type=user_id', body, token),
        (answer) => !answer.ok && answer.code !== undefined && isOfToken(Number(answer.code)),
      );
      if (!sent.ok) return sent;
      const parsed = sentShape.safeParse(sent.answer);
      return { ok: true, ...(parsed.success && { messageId: parsed.data.data.message_id }) };
    },

    async probe() {
      const asked = await ask();
      return 'token' in asked ? { ok: true } : asked;
    },

    read: (request) =>
      request.method === 'POST' ? readFeishu({ app, encryptKey, verificationToken }, request) : { kind: 'refused' },

    /** The callback's own answer carries the card: one that comes later would lose against it. */
    async showInstead(_press, message) {
      const toast = { type: 'info', content: message.text || message.title };
      return answerJson({ toast, card: { type: 'raw', data: cardOf(message) } });
    },
  };
}
