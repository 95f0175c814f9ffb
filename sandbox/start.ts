import type { AddressInfo } from 'node:net';
import express, { type ErrorRequestHandler, json, type RequestHandler } from 'express';
import type { SandboxSettings } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { casRoutes } from './cas/routes.ts';
import { startDingtalk } from './dingtalk/start.ts';
import { createFaults } from './faults.ts';
import { startFeishu } from './feishu/start.ts';
import { inspectRoutes } from './inspect.ts';
import { startMailServer } from './mail/server.ts';
import { createMemory } from './memory.ts';
import { officeInspectRoutes } from './office/inspect.ts';
import { createOffice, officeMessengers, type Presses } from './office/office.ts';
import { officePageRoutes } from './pages/office.ts';
import { pageRoutes } from './pages/routes.ts';
import { startPay } from './pay/start.ts';
import { createSmsReceipts } from './sms/receipts.ts';
import { smsRoutes } from './sms/send.ts';
import { menuRoutes } from './wechat/menu.ts';
import { oauthRoutes } from './wechat/oauth.ts';
import { createReceipts } from './wechat/receipts.ts';
import { templateRoutes } from './wechat/template.ts';
import { createTokens, tokenRoutes } from './wechat/token.ts';
import { startWecom } from './wecom/start.ts';

export interface Sandbox {
  url: string;
  /** Where it speaks SMTP. */
  mailPort: number;
  stop(): Promise<void>;
}

/**
 * Stands in for WeChat, WeChat Pay, 企业微信, 飞书, 钉钉, the SMS provider and a mail server: the same protocols, refusing what they refuse, and phones and
 * mailboxes that show what people would receive. In demo mode only, on loopback only, in memory only – but for
 * what was paid, where it is given a file.
 *
 * @throws Error outside demo mode.
 */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  if (settings.XIAOMEN_MODE !== 'demo' || settings.SANDBOX_HOST !== '127.0.0.1') {
    throw new Error('The sandbox runs in demo mode on 127.0.0.1 only');
  }
  const log = createLog('sandbox', settings.LOG_LEVEL);
  const memory = createMemory();
  const faults = createFaults();
  const tokens = createTokens();
  const receipts = createReceipts(settings, memory, faults, log);
  const smsReceipts = createSmsReceipts(settings, faults, log);

  const pay = startPay(settings, memory, faults, log);

  const office = createOffice(officeMessengers);
  const wecom = startWecom(settings, office, faults, log);
  const feishu = startFeishu(settings, office, faults, log);
  const dingtalk = startDingtalk(settings, office, faults, log);
  const presses: Presses = { wecom: wecom.press, feishu: feishu.press, dingtalk: dingtalk.press };

  const app = express();
  app.disable('x-powered-by');
  app.use(onlyLoopbackNames, notFromElsewhere, strictPages);
  app.use(pay.routes);
  app.use(smsRoutes(settings, memory, faults, smsReceipts));
  app.use('/cgi-bin', json({ limit: '64kb', type: () => true }));
  app.use('/connect', express.urlencoded({ extended: false, limit: '8kb' }));
  app.use(oauthRoutes(settings, memory, faults));
  app.use(tokenRoutes(settings, tokens, faults));
  app.use(templateRoutes(settings, memory, tokens, faults, receipts));
  app.use(wecom.routes, feishu.routes, dingtalk.routes);
  app.use(casRoutes(settings, faults));
  app.use(menuRoutes(memory, tokens, faults));
  app.use(inspectRoutes(memory, faults, tokens, receipts));
  app.use(officeInspectRoutes(office, presses), officePageRoutes(office, presses));
  app.use(pageRoutes(settings, { ...memory, office }, faults, receipts));
  const failed: ErrorRequestHandler = (error, request, response, next) => {
    if (response.headersSent) return next(error);
    if (request.path.startsWith('/cgi-bin/')) {
      response.type('text/plain').send(JSON.stringify({ errcode: 47001, errmsg: 'data format error' }));
      return;
    }
    log.error({ err: error }, 'a request to the sandbox failed');
    response.status(400).json({ error: 'the request was not understood' });
  };
  app.use(failed);

  const server = app.listen(settings.SANDBOX_PORT, settings.SANDBOX_HOST);
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const { port } = server.address() as AddressInfo;
  const mail = await startMailServer(settings, memory, faults, log);
  log.info({ port }, 'the sandbox listens');
  return {
    url: `http://127.0.0.1:${port}`,
    mailPort: mail.port,
    stop: async () => {
      receipts.stop();
      smsReceipts.stop();
      pay.stop();
      await mail.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** A name that somebody else's DNS points at 127.0.0.1 is not ours. */
const onlyLoopbackNames: RequestHandler = (request, response, next) => {
  if (/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) next();
  else response.status(421).send('The sandbox answers to 127.0.0.1 only');
};

/** A page of somebody else's, open in the same browser, changes nothing here. Machines send no such header. */
const notFromElsewhere: RequestHandler = (request, response, next) => {
  const site = request.headers['sec-fetch-site'];
  const looking = request.method === 'GET' || request.method === 'HEAD';
  if (looking || site === undefined || site === 'same-origin' || site === 'none') next();
  else response.status(403).send('Only the sandbox’s own pages may change it');
};

const strictPages: RequestHandler = (_request, response, next) => {
  response.set({
    'Content-Security-Policy':
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  next();
};
