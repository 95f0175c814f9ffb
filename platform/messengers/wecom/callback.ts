import { texts } from '../../wechat/callback.ts';
import { isFresh, openSigned } from '../../wechat/envelope.ts';
import { readFlatXml } from '../../wechat/xml.ts';
import type { CallbackReading, CallbackRequest } from '../messenger.ts';

/**
 * 企业微信's callbacks: the scheme of 微信's encrypted mode, made for the organisation's id, and always encrypted. Our address is
 * tried with an encrypted `echostr`; a press is the event `template_card_event`.
 */
export function readWecomCallback(
  { token, aesKey, corpId, agentId }: { token: string; aesKey: string; corpId: string; agentId: number },
  { method, query, body }: CallbackRequest,
): CallbackReading {
  const { msg_signature: signature, timestamp, nonce, echostr } = texts(query);
  const encrypted = method === 'GET' ? echostr : readFlatXml(body.toString('utf8'))?.get('Encrypt');
  const plain = openSigned({ token, aesKey, receiver: corpId }, { signature, timestamp, nonce }, encrypted);
  if (plain === undefined || !isFresh(timestamp)) return { kind: 'refused' };
  if (method === 'GET') return { kind: 'answered', answer: { type: 'text/plain', body: plain } };
  const event = readFlatXml(plain);
  const [user, key, card] = ['FromUserName', 'EventKey', 'ResponseCode'].map((name) => event?.get(name));
  const pressed = event?.get('Event') === 'template_card_event' && event.get('AgentID') === String(agentId);
  if (!pressed || !user || !key || !card) return { kind: 'answered', answer: nothing };
  return { kind: 'pressed', press: { user, token: key, card } };
}

/** Taken: it need not be said again. */
export const nothing = { type: 'text/plain', body: '' };
