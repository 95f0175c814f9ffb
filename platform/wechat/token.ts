import { z } from 'zod';
import { callWechat } from './call.ts';
import { failure, type WechatFailure } from './fault.ts';

/** Where the access token is kept between processes, encrypted. Given by the caller: a table row. */
export interface TokenStore {
  read(): Promise<{ token: string; expiresAt: Date } | undefined>;
  write(token: string, expiresAt: Date): Promise<void>;
}

type Held = { ok: true; token: string } | WechatFailure;

export interface AccessToken {
  /** A token that should still be good. */
  get(): Promise<Held>;
  /** Another one, because WeChat just refused this one. */
  replace(refused: string): Promise<Held>;
}

const shape = z.object({ access_token: z.string().min(1).max(2048), expires_in: z.number().positive() });

/** Asked for a little before its time: a call that is under way must not meet the end. */
const margin = 60_000;

/**
 * WeChat's stable token: every process that asks gets the same one until it nears its end, and only
 * `force_refresh` makes it void. So the plain question comes first, and force only when the same token comes back.
 */
export function keepAccessToken(
  settings: { WECHAT_API_URL: string; WECHAT_APP_ID: string; WECHAT_APP_SECRET: string },
  store: TokenStore,
): AccessToken {
  let getting: Promise<Held> | undefined;
  let replacing: Promise<Held> | undefined;

  const ask = async (force: boolean): Promise<Held> => {
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
    await store.write(token, new Date(Date.now() + seconds * 1000));
    return { ok: true, token };
  };

  return {
    get() {
      // One that is being replaced is no good any more: wait for the new one.
      if (replacing) return replacing;
      getting ??= keptOrNew().finally(() => {
        getting = undefined;
      });
      return getting;
    },
    replace(refused) {
      replacing ??= another(refused).finally(() => {
        replacing = undefined;
      });
      return replacing;
    },
  };

  async function keptOrNew(): Promise<Held> {
    const kept = await store.read();
    if (kept && kept.expiresAt.getTime() - margin > Date.now()) return { ok: true, token: kept.token };
    return ask(false);
  }

  async function another(refused: string): Promise<Held> {
    const plain = await ask(false);
    return plain.ok && plain.token === refused ? ask(true) : plain;
  }
}
