import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { callWechat } from './call.ts';
import { failure, type WechatFailure } from './fault.ts';

export interface KeptToken {
  token: string;
  expiresAt: Date;
}

/** Where the access token is kept between processes, encrypted. Given by the caller: a table row. */
export interface TokenStore {
  read(): Promise<KeptToken | undefined>;
  /**
   * One process asks WeChat at a time: `ask` is given the token that is kept by then, and the token it returns is kept.
   *
   * @returns what `ask` returned; undefined, at once, while somebody else asks
   */
  renew(
    ask: (kept: KeptToken | undefined) => Promise<KeptToken | WechatFailure>,
  ): Promise<KeptToken | WechatFailure | undefined>;
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
/** While somebody else asks, the row is looked at so often, for as long as a question and its repetition may take. */
const look = { every: 100, atMost: 12_000 };

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

  const ask = async (force: boolean): Promise<KeptToken | WechatFailure> => {
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

  return {
    get() {
      // One that is being replaced is no good any more: wait for the new one.
      if (replacing) return replacing;
      getting ??= goodToken().finally(() => {
        getting = undefined;
      });
      return getting;
    },
    replace(refused) {
      replacing ??= goodToken(refused).finally(() => {
        replacing = undefined;
      });
      return replacing;
    },
  };

  /** The kept token while it is valid; else a new one, which the first process to come asks for. */
  async function goodToken(refused?: string): Promise<Held> {
    const isGood = ({ token, expiresAt }: KeptToken) => token !== refused && expiresAt.getTime() - margin > Date.now();
    const until = Date.now() + look.atMost;
    for (;;) {
      const kept = await store.read();
      if (kept && isGood(kept)) return { ok: true, token: kept.token };
      const brought = await store.renew(async (now) => (now && isGood(now) ? now : another(refused)));
      if (brought) return 'token' in brought ? { ok: true, token: brought.token } : brought;
      if (Date.now() > until) return failure('busy');
      await wait(look.every);
    }
  }

  async function another(refused?: string): Promise<KeptToken | WechatFailure> {
    const plain = await ask(false);
    return 'token' in plain && plain.token === refused ? ask(true) : plain;
  }
}
