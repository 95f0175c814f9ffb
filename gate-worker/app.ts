import { fileURLToPath } from 'node:url';
import ejs from 'ejs';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { chooseLanguage, languages, translator } from '../platform/i18n.ts';
import type { Log } from '../platform/log.ts';
import type { Judge } from './answer-scan.ts';
import type { CashDesk } from './ask-cash.ts';
import { consoleAssets } from './console/assets.ts';
import { securityHeaders } from './console/headers.ts';
import { consoleRoutes, nameOf } from './console/routes.ts';
import type { ConsoleSessions } from './console/sessions.ts';
import type { Devices } from './devices/open.ts';
import type { Emergencies } from './emergencies.ts';
import type { Guards } from './guards.ts';
import type { Handovers } from './handovers.ts';
import { scanRoutes, sentences } from './scan-routes.ts';

export interface GateApp {
  gate: string;
  deviceToken: string;
  judge: Judge;
  sessions: ConsoleSessions;
  guards: Guards;
  handovers: Handovers;
  emergencies: Emergencies;
  cash: CashDesk;
  devices: Pick<Devices, 'routes' | 'orFire'>;
  log: Log;
}

/** What a gate listens with: devices at `/scan`, people at `/`. */
export function createGateApp(parts: GateApp): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  // Should the fault page itself fail, Express says the status and nothing more.
  app.set('env', 'production');
  app.set('query parser', 'simple');
  app.engine('ejs', ejs.renderFile as Parameters<Express['engine']>[1]);
  app.set('views', fileURLToPath(new URL('console/views', import.meta.url)));
  app.set('view engine', 'ejs');
  app.enable('view cache');

  app.use(parts.devices.routes);
  app.use(scanRoutes(parts.judge, parts.deviceToken, parts.devices.orFire));
  app.use(securityHeaders);
  app.use(consoleAssets());
  app.use(consoleRoutes(parts));
  app.use((_req, res, next) => {
    res.status(404);
    next(new Error('Nothing here'));
  });
  app.use(faultPage(parts));
  return app;
}

/** Any failure: a device is told to keep shut, a person is told what to do next. */
function faultPage({ gate, judge, log }: GateApp): ErrorRequestHandler {
  return (error: Error & { status?: number }, req, res, _next) => {
    const status = error.status ?? (res.statusCode >= 400 ? res.statusCode : 500);
    if (status >= 500) log.error({ err: error, route: req.route?.path, status }, 'a request failed');
    if (res.headersSent) return void res.destroy();
    res.status(status).set('Cache-Control', 'no-store');
    if (req.path === '/scan' || req.path === '/annulments') {
      res.json({ open: false, reason: 'error', message: sentences('error'), party: null, notes: [] });
      return;
    }
    const lang = res.locals.lang ?? chooseLanguage(req.get('accept-language'));
    const kind = status === 404 ? 'missing' : status < 500 ? 'refused' : 'failed';
    res.render('fault', { ...nameOf(judge.position.place(), gate), lang, languages, t: translator(lang), kind });
  };
}
