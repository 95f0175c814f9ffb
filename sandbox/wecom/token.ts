import { randomBytes } from 'node:crypto';
import { type Request, Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import { refuse, type WecomRefusal } from './answer.ts';

/** `gettoken`: two hours, and the same token for everybody who asks until then. */

const lifetime = 2 * 3600_000;

export interface WecomTokens {
  /** What 企业微信 says of the token in a call's query; undefined when it is good. */
  faultOf(request: Request): WecomRefusal | undefined;
  issue(): { token: string; expiresIn: number };
  /** As if two hours had passed. */
  expireAll(): void;
}

export function createWecomTokens(): WecomTokens {
  const expiry = new Map<string, number>();
  let current: string | undefined;
  const left = (token: string) => (expiry.get(token) ?? 0) - Date.now();
  return {
    faultOf({ query: { access_token: token } }) {
      if (typeof token !== 'string' || token === '') return [41001, 'access_token missing'];
      if (!expiry.has(token)) return [40014, 'invalid access_token'];
      return left(token) > 0 ? undefined : [42001, 'access_token expired'];
    },
    issue() {
      if (!current || left(current) <= 0) {
        current = randomBytes(160).toString('base64url');
        expiry.set(current, Date.now() + lifetime);
      }
      return { token: current, expiresIn: Math.floor(left(current) / 1000) };
    },
    expireAll() {
      for (const token of expiry.keys()) expiry.set(token, Date.now() - 1);
    },
  };
}

export function wecomTokenRoutes(settings: SandboxSettings, tokens: WecomTokens, faults: Faults): Router {
  const router = Router();
  router.get('/cgi-bin/gettoken', (request, response) => {
    const mode = faults.take('wecom.token');
    if (mode === 'hang') return;
    if (mode === 'busy') return refuse(response, [-1, 'system busy']);
    if (mode === 'refuse') return refuse(response, [60020, 'not allow to access from your ip']);
    const { corpid, corpsecret } = request.query;
    if (corpid !== settings.WECOM_CORP_ID) return refuse(response, [40013, 'invalid corpid']);
    if (corpsecret !== settings.WECOM_SECRET) return refuse(response, [40001, 'invalid credential']);
    const { token, expiresIn } = tokens.issue();
    if (mode === 'lose') return loseAnswer(request, response);
    response.json({ errcode: 0, errmsg: 'ok', access_token: token, expires_in: expiresIn });
  });
  return router;
}
