import { setTimeout as wait } from 'node:timers/promises';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Memory, WechatMessage, WechatPerson } from '../memory.ts';
import { echoQuery, pack, unpackReply } from './envelope.ts';

/** What WeChat posts to the site's callback: receipts a moment after the message, and comings and goings. */
export interface Receipts {
  send(message: WechatMessage, person: WechatPerson): void;
  tell(event: 'subscribe' | 'unsubscribe' | 'CLICK', person: WechatPerson, key?: string): void;
  /** As when an operator saves the callback address; true when the site answered rightly. */
  verifyAddress(): Promise<boolean>;
  stop(): void;
}

const tries = 4;
const patience = 5_000;

export function createReceipts(settings: SandboxSettings, memory: Memory, faults: Faults, log: Log): Receipts {
  const stopping = new AbortController();

  const post = async (xml: string): Promise<boolean> => {
    for (let attempt = 1; attempt <= tries && !stopping.signal.aborted; attempt++) {
      const { query, body } = pack(settings, xml);
      try {
        const response = await fetch(`${settings.PUBLIC_URL}/wechat/callback?${query}`, {
          method: 'POST',
          headers: { 'content-type': 'text/xml' },
          body,
          redirect: 'error',
          signal: AbortSignal.any([AbortSignal.timeout(patience), stopping.signal]),
        });
        const text = (await response.text()).trim();
        if (response.status === 200 && (text === 'success' || text === '')) return true;
        const reply = response.status === 200 ? unpackReply(settings, text) : undefined;
        // A repeated event's second answer is not shown again.
        if (reply && memory.people.has(reply.openid)) return keepReply(memory, reply, attempt);
        log.warn({ status: response.status, attempt }, 'the callback was not taken');
      } catch (error) {
        if (!stopping.signal.aborted) log.warn({ err: error, attempt }, 'the callback does not answer');
      }
      await wait(500, undefined, { signal: stopping.signal }).catch(() => {});
    }
    return false;
  };

  const deliver = async (message: WechatMessage, person: WechatPerson): Promise<void> => {
    const mode = faults.take('wechat.receipt');
    if (mode === 'never') return;
    await wait(200, undefined, { signal: stopping.signal });
    const status =
      mode === 'system_failed' ? 'failed: system failed' : person.blocking ? 'failed:user block' : 'success';
    const xml = event(person.openid, 'TEMPLATESENDJOBFINISH', [
      `<MsgID>${message.id}</MsgID>`,
      `<Status><![CDATA[${status}]]></Status>`,
    ]);
    if (await post(xml)) message.receipt = status;
    if (mode === 'twice') await post(xml);
  };

  return {
    send(message, person) {
      deliver(message, person).catch(() => {});
    },
    tell(name, person, key = '') {
      post(event(person.openid, name, [`<EventKey><![CDATA[${key}]]></EventKey>`])).catch(() => {});
    },
    async verifyAddress() {
      const echo = String(Math.floor(Math.random() * 1e15));
      const response = await fetch(`${settings.PUBLIC_URL}/wechat/callback?${echoQuery(settings, echo)}`, {
        signal: AbortSignal.timeout(patience),
      });
      return response.status === 200 && (await response.text()) === echo;
    },
    stop: () => stopping.abort(),
  };
}

function keepReply(memory: Memory, reply: { openid: string; text: string }, attempt: number): true {
  if (attempt === 1 || memory.replies.at(-1)?.text !== reply.text) memory.replies.push({ ...reply, at: new Date() });
  return true;
}

function event(openid: string, name: string, elements: string[]): string {
  return [
    '<xml>',
    '<ToUserName><![CDATA[gh_sandbox]]></ToUserName>',
    `<FromUserName><![CDATA[${openid}]]></FromUserName>`,
    `<CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime>`,
    '<MsgType><![CDATA[event]]></MsgType>',
    `<Event><![CDATA[${name}]]></Event>`,
    ...elements,
    '</xml>',
  ].join('\n');
}
