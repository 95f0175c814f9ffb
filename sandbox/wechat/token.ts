import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import { answer, refuse } from './answer.ts';
import { isOver } from './fault.ts';

/**
 * `stable_token`: two hours; the same token for everybody who asks, a new one in its last five minutes (both hold then);
 * `force_refresh` voids what was, at most 20 times a day and not within 30 seconds of the last time.
 */

const lifetime = 2 * 3600_000;

export type TokenVerdict = 'good' | 'missing' | 'unknown' | 'expired';

export interface Tokens {
  check(token: string | undefined): TokenVerdict;
  /** As if two hours had passed. */
  expireAll(): void;
  issue(force: boolean): { token: string; expiresIn: number } | 'over_limit';
}

/** @param overlap how long before its end a token is followed by another, in ms */
export function createTokens({ prefix = '98_', overlap = 5 * 60_000 } = {}): Tokens {
  const expiry = new Map<string, number>();
  let current: string | undefined;
  let forced: number[] = [];

  const make = (): string => {
    const token = `${prefix}${randomBytes(380).toString('base64url')}`;
    expiry.set(token, Date.now() + lifetime);
    current = token;
    return token;
  };
  const secondsLeft = (token: string): number => Math.floor(((expiry.get(token) ?? 0) - Date.now()) / 1000);

  return {
    check(token) {
      if (!token) return 'missing';
      const until = expiry.get(token);
      if (until === undefined) return 'unknown';
      return until > Date.now() ? 'good' : 'expired';
    },
    expireAll() {
      for (const token of expiry.keys()) expiry.set(token, Date.now() - 1);
    },
    issue(force) {
      const now = Date.now();
      forced = forced.filter((at) => at > now - 24 * 3600_000);
      const mayForce = now - (forced.at(-1) ?? 0) >= 30_000;
      if (force && mayForce) {
        if (forced.length >= 20) return 'over_limit';
        forced.push(now);
        expiry.clear();
        current = undefined;
      }
      const left = current === undefined ? 0 : (expiry.get(current) ?? 0) - now;
      const token = current !== undefined && left > overlap ? current : make();
      return { token, expiresIn: secondsLeft(token) };
    },
  };
}

export function tokenRoutes(settings: SandboxSettings, tokens: Tokens, faults: Faults): Router {
  const router = Router();
  router.all('/cgi-bin/stable_token', (request, response) => {
    const mode = faults.take('wechat.token');
    if (isOver(request, response, mode, { refuse: [40125, 'invalid appsecret'] })) return;
    const { grant_type: grant, appid, secret, force_refresh: force } = request.body ?? {};
    if (grant !== 'client_credential') return refuse(response, 40002, 'invalid grant_type');
    if (appid !== settings.WECHAT_APP_ID) return refuse(response, 40013, 'invalid appid');
    if (secret !== settings.WECHAT_APP_SECRET) return refuse(response, 40125, 'invalid appsecret');
    const issued = tokens.issue(force === true);
    if (issued === 'over_limit') return refuse(response, 45009, 'reach max api daily quota limit');
    if (mode === 'lose') return loseAnswer(request, response);
    answer(response, { access_token: issued.token, expires_in: issued.expiresIn });
  });
  return router;
}
