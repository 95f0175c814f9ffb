import { Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import { type Faults, loseAnswer } from '../faults.ts';
import type { Tokens } from '../wechat/token.ts';
import { refuse } from './answer.ts';

/** "获取企业内部应用的 accessToken": two hours, the same one for everybody who asks. Nothing makes it void sooner. */
export function tokenRoutes(settings: SandboxSettings, tokens: Tokens, faults: Faults): Router {
  const router = Router();
  router.post('/v1.0/oauth2/accessToken', (request, response) => {
    const mode = faults.take('dingtalk.token');
    if (mode === 'hang') return;
    if (mode === 'busy') return refuse(response, [500, 'system.busy', 'system.busy']);
    const { appKey: key, appSecret: secret } = request.body ?? {};
    const right = key === settings.DINGTALK_APP_KEY && secret === settings.DINGTALK_APP_SECRET;
    if (!right || mode === 'refuse') {
      return refuse(response, [400, 'invalidClientIdOrSecret', '无效的clientId或者clientSecret']);
    }
    const issued = tokens.issue(false);
    if (mode === 'lose' || issued === 'over_limit') return loseAnswer(request, response);
    response.json({ accessToken: issued.token, expireIn: issued.expiresIn });
  });
  return router;
}
