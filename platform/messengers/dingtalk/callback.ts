import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { isFresh, sameSignature } from '../../wechat/envelope.ts';
import { nothingForUs, parseJson } from '../callback.ts';
import type { CallbackReading, CallbackRequest } from '../messenger.ts';

/**
 * What DingTalk posts when a card is pressed ("事件回调", event-callback-card, HTTP mode): HMAC-SHA256 over the time in
 * milliseconds, Base64. The body is not signed: who pressed is believed beside the button's token alone, which only the card has.
 */

const pressed = z.object({
  type: z.literal('actionCallback'),
  outTrackId: z.string().min(1),
  userId: z.string().min(1),
  content: z.string(),
});
const within = z.object({ cardPrivateData: z.object({ params: z.object({ token: z.string() }) }) });

export function readDingtalk(secret: string, { headers, body }: CallbackRequest): CallbackReading {
  if (!isSigned(secret, headers)) return { kind: 'refused' };
  const press = pressed.safeParse(parseJson(body));
  const content = press.success ? within.safeParse(parseJson(press.data.content)) : undefined;
  if (!press.success || !content?.success) return nothingForUs;
  const { userId: user, outTrackId: card } = press.data;
  return { kind: 'pressed', press: { user, card, token: content.data.cardPrivateData.params.token } };
}

function isSigned(secret: string, headers: IncomingHttpHeaders): boolean {
  const { 'x-ddpaas-signature-timestamp': at, 'x-ddpaas-signature': given } = headers;
  if (typeof at !== 'string' || typeof given !== 'string') return false;
  const wanted = createHmac('sha256', secret).update(at).digest('base64');
  return sameSignature(given, wanted) && isFresh(String(Number(at) / 1000));
}
