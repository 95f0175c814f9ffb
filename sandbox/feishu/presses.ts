import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { OfficeMessage, Press } from '../office/office.ts';
import { parseJson } from '../parse-json.ts';
import { postPress } from '../post-press.ts';
import { readCard } from './card.ts';
import { type Made, pack } from './envelope.ts';
import type { FeishuMessages } from './messages.ts';

/** "卡片回传交互" (card.action.trigger): what was pressed is posted to the site, which has three seconds for a word and another card: here more, on a machine that may be busy. */

const patience = 10_000;
/** Older than any site should believe. Seconds. */
const staleBy = 3600;

const toast = z.object({ type: z.enum(['info', 'success', 'warning', 'error']), content: z.string().min(1) });
const replyShape = z.strictObject({
  toast: toast.optional(),
  card: z.strictObject({ type: z.literal('raw'), data: z.unknown() }).optional(),
});

export interface FeishuPresses {
  press: Press;
  /** As when an operator saves the callback address; true when the site answered rightly. */
  verifyAddress(): Promise<boolean>;
}

export function createFeishuPresses(
  settings: SandboxSettings,
  { idOf }: FeishuMessages,
  faults: Faults,
  log: Log,
): FeishuPresses {
  const { FEISHU_ENCRYPT_KEY: key = '', FEISHU_VERIFICATION_TOKEN: token = '', FEISHU_APP_ID: app = '' } = settings;

  const post = (event: unknown, made: Made = {}) =>
    postPress(`${settings.PUBLIC_URL}/messengers/feishu`, { ...pack(key, event, made), patience }, log);

  return {
    async press(message, { user, forged }) {
      const mode = faults.take('feishu.callback');
      if (!message.button || mode === 'never') return 0;
      const value = { token: message.button.key };
      const event = eventOf({ header: { token, app_id: app }, user, value, card: idOf(message) });
      const old = Math.floor(Date.now() / 1000) - staleBy;
      const made = { forged: forged || mode === 'forged', ...(mode === 'stale' && { at: old }) };
      const first = await post(event, made);
      const { status, text } = mode === 'twice' ? await post(event) : first;
      message.said = status === 200 ? showReply(message, text) : failed(status === 0 ? 200341 : 200671);
      return status;
    },

    async verifyAddress() {
      const challenge = randomUUID();
      const { status, text } = await post({ challenge, token, type: 'url_verification' }, { unsigned: true });
      const reply = z.object({ challenge: z.literal(challenge) }).safeParse(parseJson(text));
      return status === 200 && reply.success;
    },
  };
}

const failed = (code: number): string => `出错了，请稍后重试 code: ${code}`;

/** @returns what the phone says */
function showReply(message: OfficeMessage, text: string): string {
  const reply = replyShape.safeParse(parseJson(text));
  if (!reply.success) return failed(200672);
  const { toast: word, card } = reply.data;
  const shown = card && readCard(card.data);
  if (card && !shown) return failed(200672);
  if (shown) Object.assign(message, shown);
  return word?.content ?? '';
}

const openIdOf = (user: string): string => createHash('sha256').update(user).digest('hex').slice(0, 32);

const eventOf = ({ header, user, value, card }: { header: object; user: string; value: object; card: string }) => ({
  schema: '2.0',
  header: {
    ...header,
    event_id: randomBytes(16).toString('hex'),
    create_time: `${Date.now()}000`,
    event_type: 'card.action.trigger',
    tenant_key: 'sandbox',
  },
  event: {
    operator: {
      tenant_key: 'sandbox',
      user_id: user,
      open_id: `ou_${openIdOf(user)}`,
      union_id: `on_${openIdOf(user)}`,
    },
    token: `c-${randomBytes(20).toString('hex')}`,
    action: { value, tag: 'button' },
    host: 'im_message',
    context: { open_message_id: card, open_chat_id: `oc_${randomBytes(16).toString('hex')}` },
  },
});
