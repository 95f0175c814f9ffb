import { type RequestHandler, Router } from 'express';
import type { WebDeps } from './deps.ts';

/** An address is looked at within this time: RFC 9116 asks for less than a year. */
const trustedFor = 180 * 24 * 3600_000;

/** `/.well-known/security.txt` (RFC 9116): whom to tell of a vulnerability here. Nothing where no office is named. */
export function securityContactRoutes({ settings }: Pick<WebDeps, 'settings'>): Router {
  const router = Router();
  const { SECURITY_CONTACT: contact, PUBLIC_URL: site } = settings;
  if (!contact) return router;
  const path = '/.well-known/security.txt';
  const show: RequestHandler = (_req, res) => {
    const lines = [
      `Contact: ${contact}`,
      `Expires: ${new Date(Date.now() + trustedFor).toISOString()}`,
      'Preferred-Languages: zh, en',
      `Canonical: ${site}${path}`,
    ];
    res.type('text/plain').send(`${lines.join('\n')}\n`);
  };
  return router.get(path, show);
}
