import { setTimeout as wait } from 'node:timers/promises';

/** A partner's access token, which all processes share and one of them asks for at a time. */

export interface KeptToken {
  token: string;
  expiresAt: Date;
}

interface Failed {
  ok: false;
}

/** Where the token is kept between processes, encrypted. Given by the caller: a table row. */
export interface TokenStore {
  read(): Promise<KeptToken | undefined>;
  /**
   * One process asks the partner at a time: `ask` is given the token that is kept by then, and the token it returns is kept.
   *
   * @returns what `ask` returned; undefined, at once, while somebody else asks
   */
  renew<F extends Failed>(
    ask: (kept: KeptToken | undefined) => Promise<KeptToken | F>,
  ): Promise<KeptToken | F | undefined>;
}

export type HeldToken<F extends Failed> = { ok: true; token: string } | F;

export interface AccessToken<F extends Failed> {
  /** A token that should still be good. */
  get(): Promise<HeldToken<F>>;
  /** Another one, because the partner just refused this one. */
  replace(refused: string): Promise<HeldToken<F>>;
}

/** Asked for a little before its time: a call that is under way must not meet the end. */
const margin = 60_000;
/** While somebody else asks, the row is looked at so often, for as long as a question and its repetition may take. */
const look = { every: 100, atMost: 12_000 };

/**
 * @param ask the partner for a token, other than the one that it refused
 * @param busy what is said where another process asked for too long
 */
export function keepAccessToken<F extends Failed>(
  store: TokenStore,
  { ask, busy }: { ask: (refused?: string) => Promise<KeptToken | F>; busy: () => F },
): AccessToken<F> {
  let getting: Promise<HeldToken<F>> | undefined;
  let replacing: Promise<HeldToken<F>> | undefined;

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
  async function goodToken(refused?: string): Promise<HeldToken<F>> {
    const isGood = ({ token, expiresAt }: KeptToken) => token !== refused && expiresAt.getTime() - margin > Date.now();
    const until = Date.now() + look.atMost;
    for (;;) {
      const kept = await store.read();
      if (kept && isGood(kept)) return { ok: true, token: kept.token };
      const brought = await store.renew<F>(async (now) => (now && isGood(now) ? now : ask(refused)));
      if (brought) return 'token' in brought ? { ok: true, token: brought.token } : brought;
      if (Date.now() > until) return busy();
      await wait(look.every);
    }
  }
}

/** One call with a token; a token that the partner refuses is replaced once, then the call is made again. */
export async function callWithToken<F extends Failed, A>(
  tokens: AccessToken<F>,
  call: (token: string) => Promise<A | F>,
  refused: (answer: A | F) => boolean,
): Promise<A | F> {
  const held = await tokens.get();
  if (!held.ok) return held;
  const answer = await call(held.token);
  if (!refused(answer)) return answer;
  const replaced = await tokens.replace(held.token);
  return replaced.ok ? call(replaced.token) : replaced;
}
