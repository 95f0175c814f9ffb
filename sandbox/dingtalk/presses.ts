import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { OfficeMessage, Press } from '../office/office.ts';
import { parseJson } from '../parse-json.ts';
import { postPress } from '../post-press.ts';
import { type CardRoutes, cardValues, type DingtalkCard } from './cards.ts';
import { cardOf } from './template.ts';

/**
 * "事件回调" (event-callback-card), HTTP mode: what was pressed is posted to the address of the card's route key, which has two
 * seconds for new values of the card: here more, on a machine that may be busy. The signature covers the time alone, HMAC-SHA256 by the secret of the route.
 */

const patience = 10_000;
/** Older than any site should believe. Milliseconds. */
const staleBy = 3600_000;

const values = z.object({ cardParamMap: cardValues });
const replyShape = z.strictObject({
  cardData: values.optional(),
  userPrivateData: values.optional(),
  cardUpdateOptions: z
    .object({ updateCardDataByKey: z.boolean().default(false), updatePrivateDataByKey: z.boolean().default(false) })
    .optional(),
});

export function createDingtalkPress(
  cards: Map<OfficeMessage, DingtalkCard>,
  callbacks: CardRoutes,
  faults: Faults,
  log: Log,
): Press {
  function post({ url, secret }: { url: string; secret: string }, body: string, at = Date.now()) {
    const headers = {
      'content-type': 'application/json',
      'x-ddpaas-signature-timestamp': String(at),
      'x-ddpaas-signature': createHmac('sha256', secret).update(String(at)).digest('base64'),
    };
    return postPress(url, { headers, body, patience }, log);
  }

  return async (message, { user, forged }) => {
    const mode = faults.take('dingtalk.callback');
    const card = cards.get(message);
    const route = card && callbacks.get(card.route);
    if (!message.button || !route || mode === 'never') return 0;
    const params = { token: message.button.key };
    const body = JSON.stringify({
      type: 'actionCallback',
      outTrackId: card.id,
      corpId: 'dingsandbox',
      userId: user,
      content: JSON.stringify({ cardPrivateData: { actionIds: ['1'], params } }),
    });
    const stranger = (forged || mode === 'forged') && { secret: randomBytes(16).toString('hex') };
    const { url, secret } = route;
    const at = mode === 'stale' ? Date.now() - staleBy : Date.now();
    const first = await post({ url, secret, ...stranger }, body, at);
    const { status, text } = mode === 'twice' ? await post(route, body) : first;
    message.said = status === 200 && showReply(message, card, text) ? '' : '操作失败，请稍后重试';
    return status;
  };
}

/** @returns whether it was understood */
function showReply(message: OfficeMessage, card: DingtalkCard, text: string): boolean {
  const reply = replyShape.safeParse(parseJson(text));
  if (!reply.success) return false;
  const { cardData, cardUpdateOptions } = reply.data;
  if (!cardData) return true;
  const kept = cardUpdateOptions?.updateCardDataByKey ? card.values : {};
  card.values = { ...kept, ...cardData.cardParamMap };
  Object.assign(message, cardOf(card.values));
  return true;
}
