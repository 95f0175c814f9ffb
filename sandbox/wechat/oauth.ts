import { randomBytes } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import type { Memory, WechatPerson } from '../memory.ts';
import { chooserPage, refusedPage } from '../pages/authorize.ts';
import { answer, refuse } from './answer.ts';

/** The web page that tells our site who somebody in WeChat is, and the exchange of its code. */

const codeLifetime = 5 * 60_000;
/** Whose WeChat this browser is: inside WeChat a `snsapi_base` page never asks. */
export const browserCookie = 'sandbox_wechat';

interface Code {
  openid: string;
  scope: string;
  until: number;
  used: boolean;
}

export function oauthRoutes(settings: SandboxSettings, memory: Memory, faults: Faults): Router {
  const codes = new Map<string, Code>();
  const router = Router();

  router.get('/connect/oauth2/authorize', (request, response) => {
    const problem = problemOf(request, settings);
    if (problem) return void response.status(200).send(refusedPage(problem));
    const person = memory.people.get(cookieOf(request) ?? '');
    if (person) return sendBack(request, response, person);
    response.send(chooserPage([...memory.people.values()], request.originalUrl));
  });

  router.post('/connect/oauth2/authorize', (request, response) => {
    const problem = problemOf(request, settings);
    const person = memory.people.get(String(request.body?.openid ?? ''));
    if (problem || !person) return void response.status(200).send(refusedPage(problem ?? '没有这个微信用户'));
    sendBack(request, response, person);
  });

  function sendBack(request: Request, response: Response, person: WechatPerson): void {
    const code = randomBytes(16).toString('hex');
    codes.set(code, {
      openid: person.openid,
      scope: String(request.query.scope),
      until: Date.now() + codeLifetime,
      used: false,
    });
    const target = new URL(String(request.query.redirect_uri));
    target.searchParams.set('code', code);
    target.searchParams.set('state', String(request.query.state ?? ''));
    response.redirect(302, target.href);
  }

  router.get('/sns/oauth2/access_token', (request, response) => {
    const mode = faults.take('wechat.oauth');
    if (mode === 'hang') return;
    if (mode === 'busy') return refuse(response, -1, 'system error');
    const { appid, secret, code, grant_type: grant } = request.query;
    if (appid !== settings.WECHAT_APP_ID) return refuse(response, 40013, 'invalid appid');
    if (secret !== settings.WECHAT_APP_SECRET) return refuse(response, 40125, 'invalid appsecret');
    if (grant !== 'authorization_code') return refuse(response, 40002, 'invalid grant_type');
    if (typeof code !== 'string' || code === '') return refuse(response, 41008, 'missing code');
    const known = codes.get(code);
    if (!known || known.until < Date.now()) return refuse(response, 40029, 'invalid code');
    if (known.used) return refuse(response, 40163, 'code been used');
    known.used = true;
    if (mode === 'lose') return loseAnswer(request, response);
    answer(response, {
      access_token: randomBytes(64).toString('base64url'),
      expires_in: 7200,
      refresh_token: randomBytes(64).toString('base64url'),
      openid: mode === 'snapshot' ? `o${randomBytes(20).toString('base64url')}` : known.openid,
      scope: known.scope,
      ...(mode === 'snapshot' ? { is_snapshotuser: 1 } : {}),
    });
  });

  return router;
}

/** What WeChat shows instead of the page; undefined when all is well. */
function problemOf(request: Request, settings: SandboxSettings): string | undefined {
  const { appid, redirect_uri: redirect, response_type: type, scope } = request.query;
  if (appid !== settings.WECHAT_APP_ID) return 'AppID 参数错误';
  if (typeof redirect !== 'string' || !URL.canParse(redirect)) return 'redirect_uri 参数错误';
  // The account names the one site that may ask.
  if (new URL(redirect).host !== new URL(settings.PUBLIC_URL).host)
    return 'redirect_uri 域名与后台配置不一致，错误码：10003';
  if (type !== 'code') return 'response_type 参数错误';
  if (scope !== 'snsapi_base' && scope !== 'snsapi_userinfo') return 'scope 参数错误或没有 scope 权限，错误码：10005';
  return undefined;
}

function cookieOf(request: Request): string | undefined {
  const pair = request.headers.cookie?.split(/;\s*/).find((part) => part.startsWith(`${browserCookie}=`));
  return pair?.slice(browserCookie.length + 1);
}
