import { createDecipheriv, createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { isFresh, sameSignature } from '../../wechat/envelope.ts';
import { answerJson, nothingForUs, parseJson } from '../callback.ts';
import type { CallbackReading, CallbackRequest } from '../messenger.ts';

/**
 * What Feishu posts ("Encrypt Key 加密策略", configure-encrypt-key): SHA-256 over time, nonce, encrypt key and the body's bytes,
 * and a body that is sealed with AES-256-CBC, the key SHA-256 of the encrypt key, the IV in front. Nothing in clear is believed.
 */
export interface FeishuKeys {
  app: string;
  encryptKey: string;
  verificationToken: string;
}

const outside = z.object({ encrypt: z.string().max(64 * 1024) });
const trial = z.object({ type: z.literal('url_verification'), challenge: z.string().max(200), token: z.string() });
const event = z.object({ header: z.object({ event_type: z.string(), token: z.string(), app_id: z.string() }) });
/** "卡片回传交互" (card-callback-communication). The user id is there once the app may see it. */
const pressed = z.object({
  event: z.object({
    operator: z.object({ user_id: z.string().min(1) }),
    action: z.object({ value: z.object({ token: z.string() }) }),
    context: z.object({ open_message_id: z.string() }),
  }),
});

export function readFeishu(
  { app, encryptKey, verificationToken }: FeishuKeys,
  request: CallbackRequest,
): CallbackReading {
  const sealed = outside.safeParse(parseJson(request.body));
  const clear = sealed.success ? open(encryptKey, sealed.data.encrypt) : undefined;
  if (clear === undefined) return { kind: 'refused' };
  const asked = trial.safeParse(clear);
  // Our address is tried before anything is signed: who could seal the question gets it back, and nothing else.
  if (asked.success && sameSignature(asked.data.token, verificationToken)) {
    return { kind: 'answered', answer: answerJson({ challenge: asked.data.challenge }) };
  }
  if (!isSigned(encryptKey, request.headers, request.body)) return { kind: 'refused' };
  const told = event.safeParse(clear);
  if (!told.success) return { kind: 'refused' };
  const { event_type: type, token, app_id: of } = told.data.header;
  if (of !== app || !sameSignature(token, verificationToken)) return { kind: 'refused' };
  const press = type === 'card.action.trigger' ? pressed.safeParse(clear) : undefined;
  if (!press?.success) return nothingForUs;
  const { operator, action, context } = press.data.event;
  return {
    kind: 'pressed',
    press: { user: operator.user_id, token: action.value.token, card: context.open_message_id },
  };
}

function isSigned(encryptKey: string, headers: IncomingHttpHeaders, body: Buffer): boolean {
  const { 'x-lark-request-timestamp': at, 'x-lark-request-nonce': nonce, 'x-lark-signature': given } = headers;
  if (typeof at !== 'string' || typeof nonce !== 'string' || typeof given !== 'string') return false;
  const wanted = createHash('sha256').update(`${at}${nonce}${encryptKey}`).update(body).digest('hex');
  return sameSignature(given, wanted) && isFresh(at);
}

/** The JSON inside; undefined when it was not made with this key. */
function open(encryptKey: string, encrypted: string): unknown {
  const sealed = Buffer.from(encrypted, 'base64');
  if (sealed.length < 32 || sealed.length % 16 !== 0) return undefined;
  const key = createHash('sha256').update(encryptKey).digest();
  const decipher = createDecipheriv('aes-256-cbc', key, sealed.subarray(0, 16));
  try {
    return parseJson(Buffer.concat([decipher.update(sealed.subarray(16)), decipher.final()]));
  } catch {
    return undefined;
  }
}
