import { randomBytes } from 'node:crypto';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Press } from '../office/office.ts';
import { postPress } from '../post-press.ts';
import { encrypt, sha1 } from '../wechat/envelope.ts';
import type { WecomCards } from './send.ts';

const path = '/messengers/wecom';
/** 企业微信 waits for five seconds: here more, on a machine that may be busy. */
const patience = 10_000;
/** Older than any site should believe. Seconds. */
const staleBy = 3600;

/** What 企业微信 posts to the site: a button was pressed. Encrypted for the organisation, and signed. */
export function createWecomPress(settings: SandboxSettings, cards: WecomCards, faults: Faults, log: Log): Press {
  const post = async (xml: string, made: Made = {}): Promise<number> => {
    const { query, encrypted } = sealed(settings, xml, made);
    const outside = [
      `<ToUserName><![CDATA[${settings.WECOM_CORP_ID}]]></ToUserName>`,
      `<Encrypt><![CDATA[${encrypted}]]></Encrypt>`,
      `<AgentID><![CDATA[${settings.WECOM_AGENT_ID}]]></AgentID>`,
    ];
    const body = `<xml>${outside.join('')}</xml>`;
    const headers = { 'content-type': 'text/xml' };
    return (await postPress(`${settings.PUBLIC_URL}${path}?${query}`, { headers, body, patience }, log)).status;
  };

  return async (message, { user, forged }) => {
    const mode = faults.take('wecom.callback');
    if (!message.button || mode === 'never') return 0;
    const event = pressed(settings, {
      user,
      key: message.button.key,
      task: cards.taskIdOf(message),
      code: cards.responseCode(message),
    });
    const old = Math.floor(Date.now() / 1000) - staleBy;
    const status = await post(event, { forged: forged || mode === 'forged', ...(mode === 'stale' && { at: old }) });
    return mode === 'twice' ? post(event) : status;
  };
}

/** As when an operator saves the callback address; true when the site answered rightly. */
export async function verifyWecomAddress(settings: SandboxSettings): Promise<boolean> {
  const echo = String(randomBytes(6).readUIntBE(0, 6));
  const { query, encrypted } = sealed(settings, echo);
  query.set('echostr', encrypted);
  const response = await fetch(`${settings.PUBLIC_URL}${path}?${query}`, { signal: AbortSignal.timeout(patience) });
  return response.status === 200 && (await response.text()) === echo;
}

interface Made {
  forged?: boolean;
  /** Seconds since 1970. */
  at?: number;
}

function sealed(
  { WECOM_TOKEN: token = '', WECOM_AES_KEY: key = '', WECOM_CORP_ID: corp = '' }: SandboxSettings,
  text: string,
  { forged = false, at = Math.floor(Date.now() / 1000) }: Made = {},
) {
  const timestamp = String(at);
  const nonce = randomBytes(5).toString('hex');
  const encrypted = encrypt(key, corp, text);
  const signature = sha1([forged ? `${token}x` : token, timestamp, nonce, encrypted]);
  return { query: new URLSearchParams({ msg_signature: signature, timestamp, nonce }), encrypted };
}

function pressed(
  { WECOM_CORP_ID: corp, WECOM_AGENT_ID: agent }: SandboxSettings,
  { user, key, task, code }: { user: string; key: string; task: string; code: string },
): string {
  const texts = {
    ToUserName: corp,
    FromUserName: user,
    MsgType: 'event',
    Event: 'template_card_event',
    EventKey: key,
    TaskId: task,
    CardType: 'button_interaction',
    ResponseCode: code,
  };
  const elements = Object.entries(texts).map(([name, text]) => `<${name}><![CDATA[${text}]]></${name}>`);
  return `<xml>${elements.join('')}<CreateTime>${Math.floor(Date.now() / 1000)}</CreateTime><AgentID>${agent}</AgentID></xml>`;
}
