import { z } from 'zod';
import { type AccessToken, type KeptToken, keepAccessToken, type TokenStore } from '../access-token.ts';
import { callWechat } from './call.ts';
import { failure, type WechatFailure } from './fault.ts';

const shape = z.object({ access_token: z.string().min(1).max(2048), expires_in: z.number().positive() });

/**
 * WeChat's stable token: every process that asks gets the same one until it nears its end, and only
 * `force_refresh` makes it void. So the plain question comes first, and force only when the same token comes back.
 */
export function keepStableToken(
  settings: { WECHAT_API_URL: string; WECHAT_APP_ID: string; WECHAT_APP_SECRET: string },
  store: TokenStore,
): AccessToken<WechatFailure> {
  const askOnce = async (force: boolean): Promise<KeptToken | WechatFailure> => {
    const result = await callWechat(new URL('/cgi-bin/stable_token', settings.WECHAT_API_URL), {
      grant_type: 'client_credential',
      appid: settings.WECHAT_APP_ID,
      secret: settings.WECHAT_APP_SECRET,
      force_refresh: force,
    });
    if (!result.ok) return result.errcode === 40001 ? failure('bad_credentials', 40001) : result;
    const parsed = shape.safeParse(result.answer);
    if (!parsed.success) return failure('unknown');
    const { access_token: token, expires_in: seconds } = parsed.data;
    return { token, expiresAt: new Date(Date.now() + seconds * 1000) };
  };
  const ask = async (refused?: string) => {
    const plain = await askOnce(false);
    return 'token' in plain && plain.token === refused ? askOnce(true) : plain;
  };
  return keepAccessToken(store, { ask, busy: () => failure('busy') });
}
