import { json, Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Office, Press } from '../office/office.ts';
import { createTokens } from '../wechat/token.ts';
import { createFeishuMessages } from './messages.ts';
import { createFeishuPresses } from './presses.ts';
import { tokenRoutes } from './token.ts';

/** 飞书, as an app of a university's own speaks to it. */
export function startFeishu(
  settings: SandboxSettings,
  office: Office,
  faults: Faults,
  log: Log,
): { routes: Router; press: Press } {
  const tokens = createTokens({ prefix: 't-', overlap: 30 * 60_000 });
  const messages = createFeishuMessages(office, tokens, faults);
  const presses = createFeishuPresses(settings, messages, faults, log);
  const routes = Router();
  routes.use('/open-apis', json({ limit: '64kb', type: () => true }));
  routes.use(tokenRoutes(settings, tokens, faults), messages.routes);
  /** As if two hours had passed. */
  routes.post('/inspect/feishu/tokens/expiry', (_request, response) => {
    tokens.expireAll();
    response.json({ expired: true });
  });
  routes.post('/inspect/feishu/verification', async (_request, response) => {
    response.json({ verified: await presses.verifyAddress() });
  });
  return { routes, press: presses.press };
}
