import { z } from 'zod';
import { callWithToken, type TokenStore } from './access-token.ts';
import type { WechatSettings } from './config.ts';
import { callWechat } from './wechat/call.ts';
import { failure, type WechatFailure } from './wechat/fault.ts';
import type { MenuEntry } from './wechat/menu.ts';
import { templateData } from './wechat/template.ts';
import { keepStableToken } from './wechat/token.ts';

export { createWechatCallback, type WechatCallback, type WechatEvent } from './wechat/callback.ts';
export type { WechatFailure, WechatFault } from './wechat/fault.ts';
export { helpKey, type MenuEntry, visitorMenu } from './wechat/menu.ts';

/** A message in our own words; the settings say which template and which of its fields they go to. */
export interface TemplateMessage {
  openid: string;
  /** Key in WECHAT_TEMPLATES, for example `approved`. */
  template: string;
  /** Our own field names (visitor, campus, window, from, until, code, status, reason …). */
  fields: Record<string, string>;
  /** Where 查看详情 leads. */
  url: string;
  /** The same id within ten minutes is delivered once. */
  clientMessageId: string;
}

export interface Wechat {
  /** Where the browser goes so that WeChat tells us who this is. */
  authorizeUrl(redirectUri: string, state: string): string;
  /** A code lives five minutes and works once: `used_code` means a double tap, start again. */
  exchangeCode(code: string): Promise<{ ok: true; openid: string } | WechatFailure>;
  /** `messageId` as text; absent when WeChat says that it has this client message id already. */
  sendTemplate(message: TemplateMessage): Promise<{ ok: true; messageId?: string } | WechatFailure>;
  /** Replaces the account's whole menu; phones show it within a day, or after following anew. */
  createMenu(entries: MenuEntry[]): Promise<{ ok: true } | WechatFailure>;
}

const oauthShape = z.object({ openid: z.string().min(1).max(128), is_snapshotuser: z.number().optional() });
const sentShape = z.object({ msgid: z.string().regex(/^\d{1,20}$/) });

/** `clientmsgid exist`, `duplicate in 60 seconds`: the first one was taken. */
const alreadyTaken = new Set([45065, 40241]);

type Settings = Pick<
  WechatSettings,
  'WECHAT_API_URL' | 'WECHAT_OPEN_URL' | 'WECHAT_APP_ID' | 'WECHAT_APP_SECRET' | 'WECHAT_TEMPLATES'
>;

/** The official account's API. Every call ends within about five seconds a step and answers with a value. */
export function createWechat(settings: Settings, tokens: TokenStore): Wechat {
  const accessToken = keepStableToken(settings, tokens);

  const post = (path: string, body: unknown) =>
    callWithToken(
      accessToken,
      (token) => {
        const url = new URL(path, settings.WECHAT_API_URL);
        url.searchParams.set('access_token', token);
        return callWechat(url, body);
      },
      (result) => !result.ok && result.fault === 'token',
    );

  return {
    authorizeUrl(redirectUri, state) {
      const url = new URL('/connect/oauth2/authorize', settings.WECHAT_OPEN_URL);
      // WeChat wants the parameters in this order, and the fragment.
      url.search = new URLSearchParams({
        appid: settings.WECHAT_APP_ID,
        redirect_uri: redirectUri,
        response_type: 'code',
        scope: 'snsapi_base',
        state,
      }).toString();
      url.hash = 'wechat_redirect';
      return url.href;
    },

    async exchangeCode(code) {
      const url = new URL('/sns/oauth2/access_token', settings.WECHAT_API_URL);
      url.search = new URLSearchParams({
        appid: settings.WECHAT_APP_ID,
        secret: settings.WECHAT_APP_SECRET,
        code,
        grant_type: 'authorization_code',
      }).toString();
      const result = await callWechat(url);
      if (!result.ok) return result.fault === 'token' ? failure('bad_credentials', result.errcode) : result;
      const parsed = oauthShape.safeParse(result.answer);
      if (!parsed.success) return failure('unknown');
      // A snapshot page shows a made-up openid: never bind it.
      return parsed.data.is_snapshotuser === 1 ? failure('snapshot') : { ok: true, openid: parsed.data.openid };
    },

    async sendTemplate({ openid, template, fields, url, clientMessageId }) {
      const known = Object.hasOwn(settings.WECHAT_TEMPLATES, template)
        ? settings.WECHAT_TEMPLATES[template]
        : undefined;
      if (!known) return failure('bad_template');
      const result = await post('/cgi-bin/message/template/send', {
        touser: openid,
        template_id: known.id,
        url,
        client_msg_id: clientMessageId,
        data: templateData(known.fields, fields),
      });
      if (!result.ok) {
        return result.errcode !== undefined && alreadyTaken.has(result.errcode) ? { ok: true } : result;
      }
      const parsed = sentShape.safeParse(result.answer);
      return parsed.success ? { ok: true, messageId: parsed.data.msgid } : { ok: true };
    },

    async createMenu(entries) {
      const result = await post('/cgi-bin/menu/create', { button: entries });
      return result.ok ? { ok: true } : result;
    },
  };
}
