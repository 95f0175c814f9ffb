import { Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import type { Tokens } from '../wechat/token.ts';
import { refuse } from './answer.ts';

/**
 * "自建应用获取 tenant_access_token": two hours; the same one for everybody who asks, a new one in its last half hour, in which
 * both hold. Nothing makes it void sooner.
 */
export function tokenRoutes(settings: SandboxSettings, tokens: Tokens, faults: Faults): Router {
  const router = Router();
  router.post('/open-apis/auth/v3/tenant_access_token/internal', (request, response) => {
    const mode = faults.take('feishu.token');
    if (mode === 'hang') return;
    if (mode === 'busy') return refuse(response, [500, 1500, 'internal error']);
    const { app_id: app, app_secret: secret } = request.body ?? {};
    if (app !== settings.FEISHU_APP_ID) return refuse(response, [400, 10003, 'invalid param']);
    if (secret !== settings.FEISHU_APP_SECRET || mode === 'refuse') {
      return refuse(response, [400, 10014, 'app secret invalid']);
    }
    const issued = tokens.issue(false);
    if (mode === 'lose' || issued === 'over_limit') return loseAnswer(request, response);
    response.json({ code: 0, msg: 'ok', tenant_access_token: issued.token, expire: issued.expiresIn });
  });
  return router;
}
