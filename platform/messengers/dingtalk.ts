import { z } from 'zod';
import { callWithToken, type KeptToken, keepAccessToken } from '../access-token.ts';
import type { MessengerSettings } from '../staff-channel-settings.ts';
import { callMessenger } from './call.ts';
import { answerJson } from './callback.ts';
import { readDingtalk } from './dingtalk/callback.ts';
import { valuesOf } from './dingtalk/card.ts';
import { failureOf, isOfToken } from './dingtalk/fault.ts';
import { type Messenger, type MessengerFailure, messengerFailure, type TokenStoreOf } from './messenger.ts';

/** Where presses of our cards go: `npm run dingtalk:callback` registers our address under it. */
export const cardRoute = 'xiaomen';

const refusedShape = z.object({ code: z.string() });
const tokenShape = z.object({ accessToken: z.string().min(1).max(2048), expireIn: z.number().positive() });
const deliveredShape = z.object({
  success: z.literal(true),
  result: z.object({ deliverResults: z.array(z.object({ success: z.boolean() })) }),
});

type Answer = { ok: true; answer: unknown };
const busy = (code?: string) => messengerFailure('busy', code);

/** An app of the university's own in 钉钉: its robot delivers a card to people by their user id. */
export function createDingtalk(settings: MessengerSettings, tokensOf: TokenStoreOf): DingtalkMessenger | undefined {
  const { DINGTALK_APP_KEY: app, DINGTALK_APP_SECRET: appSecret, DINGTALK_API_URL: base } = settings;
  const { DINGTALK_CARD_TEMPLATE: template, DINGTALK_CARD_SECRET: cardSecret } = settings;
  if (!app || !appSecret || !template || !cardSecret) return undefined;

  async function call(path: string, body: unknown, token?: string): Promise<Answer | MessengerFailure> {
    const headers = { ...(token && { 'x-acs-dingtalk-access-token': token }) };
    const called = await callMessenger(new URL(path, base), { body, headers });
    if (!called.ok) return called;
    if (called.status < 300) return { ok: true, answer: called.answer };
    const refused = refusedShape.safeParse(called.answer);
    return refused.success ? failureOf(refused.data.code) : messengerFailure('unknown', called.status);
  }

  async function ask(refused?: string): Promise<KeptToken | MessengerFailure> {
    const called = await call('/v1.0/oauth2/accessToken', { appKey: app, appSecret });
    // Nothing was sent yet: a lost answer is only late.
    if (!called.ok) return called.fault === 'unknown' ? busy(called.code) : called;
    const parsed = tokenShape.safeParse(called.answer);
    if (!parsed.success) return busy();
    const { accessToken: token, expireIn } = parsed.data;
    // Nothing makes DingTalk give another one before its time.
    if (token === refused) return busy();
    return { token, expiresAt: new Date(Date.now() + expireIn * 1000) };
  }
  const tokens = keepAccessToken<MessengerFailure>(tokensOf(`messenger/dingtalk/${app}`), { ask, busy: () => busy() });

  const callAs = (path: string, body: unknown) =>
    callWithToken<MessengerFailure, Answer>(
      tokens,
      (token) => call(path, body, token),
      (answer) => !answer.ok && answer.code !== undefined && isOfToken(answer.code),
    );

  return {
    name: 'dingtalk',

    async send(user, message, once) {
      const sent = await callAs('/v1.0/card/instances/createAndDeliver', {
        cardTemplateId: template,
        outTrackId: once,
        callbackType: 'HTTP',
        callbackRouteKey: cardRoute,
        cardData: { cardParamMap: valuesOf(message) },
        openSpaceId: `dtv1.card//IM_ROBOT.${user}`,
        imRobotOpenSpaceModel: { supportForward: false, notification: { alertContent: message.title } },
        imRobotOpenDeliverModel: { spaceType: 'IM_ROBOT', robotCode: app },
        userIdType: 1,
      });
      // The first of two tries was taken, and its answer lost.
      if (!sent.ok) return sent.code === 'param.cardAlreadyExist' ? { ok: true, messageId: once } : sent;
      const parsed = deliveredShape.safeParse(sent.answer);
      if (!parsed.success) return messengerFailure('unknown');
      const arrived = parsed.data.result.deliverResults.every(({ success }) => success);
      return arrived ? { ok: true, messageId: once } : messengerFailure('refused');
    },

    async probe() {
      const asked = await ask();
      return 'token' in asked ? { ok: true } : asked;
    },

    read: (request) => (request.method === 'POST' ? readDingtalk(cardSecret, request) : { kind: 'refused' }),

    /** In the callback's own answer: DingTalk asks not to be called meanwhile. */
    async showInstead(_press, message) {
      return answerJson({
        cardUpdateOptions: { updateCardDataByKey: true, updatePrivateDataByKey: true },
        cardData: { cardParamMap: valuesOf(message) },
      });
    },

    async registerCallback(url) {
      const body = { callbackRouteKey: cardRoute, callbackUrl: url, apiSecret: cardSecret, forceUpdate: true };
      const registered = await callAs('/v1.0/card/callbacks/register', body);
      return registered.ok ? { ok: true } : registered;
    },
  };
}

export interface DingtalkMessenger extends Messenger {
  /** From now on presses of our cards are posted there, signed with the secret of the settings. */
  registerCallback(url: string): Promise<{ ok: true } | MessengerFailure>;
}
