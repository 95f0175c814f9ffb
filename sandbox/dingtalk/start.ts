import { json, Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Log } from '../../platform/log.ts';
import type { Faults } from '../faults.ts';
import type { Office, Press } from '../office/office.ts';
import { createTokens } from '../wechat/token.ts';
import { type CardRoutes, createDingtalkCards } from './cards.ts';
import { createDingtalkPress } from './presses.ts';
import { tokenRoutes } from './token.ts';

/** 钉钉, as an app of a university's own and its robot speak to it. */
export function startDingtalk(
  settings: SandboxSettings,
  office: Office,
  faults: Faults,
  log: Log,
): { routes: Router; press: Press } {
  const tokens = createTokens({ prefix: '', overlap: 5 * 60_000 });
  const callbacks: CardRoutes = new Map([['xiaomen', registered(settings)]]);
  const { routes: cardRoutes, cards } = createDingtalkCards(settings, { office, tokens, faults, callbacks });
  const routes = Router();
  routes.use('/v1.0', json({ limit: '64kb', type: () => true }));
  routes.use(tokenRoutes(settings, tokens, faults), cardRoutes);
  /** As if two hours had passed. */
  routes.post('/inspect/dingtalk/tokens/expiry', (_request, response) => {
    tokens.expireAll();
    response.json({ expired: true });
  });
  routes.get('/inspect/dingtalk/callbacks', (_request, response) => {
    response.json([...callbacks].map(([route, { url }]) => [route, url]));
  });
  return { routes, press: createDingtalkPress(cards, callbacks, faults, log) };
}

/** As the office has done it once, under the name that the product gives it; the site's address may be known later. */
const registered = (settings: SandboxSettings) => ({
  get url() {
    return `${settings.PUBLIC_URL}/messengers/dingtalk`;
  },
  secret: settings.DINGTALK_CARD_SECRET ?? '',
});
