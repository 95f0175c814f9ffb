import { Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Office, Press } from '../office/office.ts';
import { createWecomPress, verifyWecomAddress } from './callback.ts';
import { createWecomCards } from './send.ts';
import { createWecomTokens, wecomTokenRoutes } from './token.ts';

/** 企业微信, as an app of a university's own speaks to it. */
export function startWecom(
  settings: SandboxSettings,
  office: Office,
  faults: Faults,
  log: Log,
): { routes: Router; press: Press } {
  const tokens = createWecomTokens();
  const cards = createWecomCards(settings, office, tokens, faults);
  const routes = Router();
  routes.use(wecomTokenRoutes(settings, tokens, faults), cards.routes);
  /** As if two hours had passed. */
  routes.post('/inspect/wecom/tokens/expiry', (_request, response) => {
    tokens.expireAll();
    response.json({ expired: true });
  });
  routes.post('/inspect/wecom/verification', async (_request, response) => {
    response.json({ verified: await verifyWecomAddress(settings) });
  });
  return { routes, press: createWecomPress(settings, cards, faults, log) };
}
