import type { MessengerSettings } from '../staff-channel-settings.ts';
import { type Messenger, messengerFailure, type TokenStoreOf } from './messenger.ts';
import { createWecomCalls } from './wecom/call.ts';
import { nothing, readWecomCallback } from './wecom/callback.ts';
import { wecomMessage, wecomNotice } from './wecom/message.ts';

/** A card's task id was taken already: the same card, whose answer was lost. */
const alreadyTaken = '42014';

/** An app of the university's own in 企业微信. Undefined where none is set up. */
export function createWecom(settings: MessengerSettings, tokens: TokenStoreOf): Messenger | undefined {
  const {
    WECOM_API_URL: url,
    WECOM_CORP_ID: corpId,
    WECOM_AGENT_ID: agentId,
    WECOM_SECRET: secret,
    WECOM_TOKEN: token,
    WECOM_AES_KEY: aesKey,
  } = settings;
  if (!corpId || !agentId || !secret || !token || !aesKey) return undefined;
  const calls = createWecomCalls({ url, corpId, secret }, tokens(`messenger/wecom/${corpId}/${agentId}`));

  return {
    name: 'wecom',

    async send(user, message, once) {
      const request = { touser: user, agentid: agentId, ...wecomMessage(message, once), enable_duplicate_check: 1 };
      const result = await calls.post('/cgi-bin/message/send', request);
      if (!result.ok) return result.code === alreadyTaken ? { ok: true } : result;
      const { invaliduser, unlicenseduser, msgid } = result.answer;
      // One receiver: where this one is named, nobody got it.
      if (invaliduser) return messengerFailure('no_user');
      if (unlicenseduser) return messengerFailure('misconfigured', 'unlicenseduser');
      return { ok: true, ...(msgid && { messageId: msgid }) };
    },

    async probe() {
      const asked = await calls.askToken();
      return 'token' in asked ? { ok: true } : asked;
    },

    read: (request) => readWecomCallback({ token, aesKey, corpId, agentId }, request),

    /** WeCom waits five seconds for the answer, and is told by a call of ours, which may take longer: it comes after. */
    async showInstead({ user, card }, message) {
      const update = {
        userids: [user],
        agentid: agentId,
        response_code: card,
        template_card: wecomNotice(message),
      };
      // Where it fails, the next press tells.
      void calls.post('/cgi-bin/message/update_template_card', update).catch(() => {});
      return nothing;
    },
  };
}
