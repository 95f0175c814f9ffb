import { randomUUID } from 'node:crypto';
import express, { type Request, Router } from 'express';
import type { SandboxSettings } from '../../platform/config.ts';
import type { Faults } from '../faults.ts';
import { html, page } from '../pages/page.ts';
import { createTickets, type Session } from './tickets.ts';

/** The university's CAS 3.0: a login page, the question about a ticket, and the end of a session told to every service. */
export function casRoutes(settings: SandboxSettings, faults: Faults): Router {
  const tickets = createTickets();
  const router = Router();
  router.use('/cas', express.urlencoded({ extended: false, limit: '8kb' }));

  router.get('/cas/login', (request, response) => {
    const service = serviceOf(request.query.service);
    if (!service) return void response.status(403).send(refusedPage());
    response.send(loginPage(service));
  });

  router.post('/cas/login', (request, response) => {
    const service = serviceOf(request.body?.service);
    const user = String(request.body?.username ?? '').trim();
    if (!service || user === '') return void response.status(403).send(refusedPage());
    const url = new URL(service);
    url.searchParams.set('ticket', tickets.give(user, service));
    response.redirect(302, url.href);
  });

  router.get('/cas/p3/serviceValidate', (request, response) => {
    const mode = faults.take('cas.validate');
    if (mode === 'busy') return void response.status(503).send('busy');
    const [ticket, service] = [textOf(request, 'ticket'), textOf(request, 'service')];
    response.type('application/xml');
    if (!ticket || !service)
      return void response.send(failure('INVALID_REQUEST', "'service' and 'ticket' parameters are both required"));
    const found = tickets.validate(ticket, service, mode === 'late');
    response.send('code' in found ? failure(found.code, found.text) : success(found.user));
  });

  /** A person signs out at the university: every service they came to is told. */
  router.post('/cas/logout', async (request, response) => {
    const ended = tickets.signOut(String(request.body?.username ?? ''));
    const told = await Promise.all(ended.map(tell));
    response.json(told);
  });
  router.get('/cas/logout', (_request, response) => {
    response.send(page('已退出', html`<header class="bar"><h1>已退出统一身份认证</h1></header>`));
  });

  /** Only what was registered with the university. */
  function serviceOf(value: unknown): string | undefined {
    const own = `${settings.PUBLIC_URL}/staff/cas/callback`;
    return typeof value === 'string' && (value === own || value.startsWith(`${own}?`)) ? value : undefined;
  }
  return router;
}

/** By the back channel, as a form. @returns the status of the answer */
async function tell({ service, ticket, user }: Session): Promise<number> {
  const xml = `<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${randomUUID()}" Version="2.0" IssueInstant="${new Date().toISOString()}"><saml:NameID>${escaped(user)}</saml:NameID><samlp:SessionIndex>${ticket}</samlp:SessionIndex></samlp:LogoutRequest>`;
  const response = await fetch(service, { method: 'POST', body: new URLSearchParams({ logoutRequest: xml }) });
  await response.body?.cancel();
  return response.status;
}

function textOf(request: Request, name: string): string {
  const value = request.query[name];
  return typeof value === 'string' ? value : '';
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);

const envelope = (inside: string): string =>
  `<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">\n${inside}\n</cas:serviceResponse>`;

const failure = (code: string, text: string): string =>
  envelope(`  <cas:authenticationFailure code="${code}">${escaped(text)}</cas:authenticationFailure>`);

const success = (user: string): string =>
  envelope(`  <cas:authenticationSuccess>
    <cas:user>${escaped(user)}</cas:user>
    <cas:attributes>
      <cas:authenticationDate>${new Date().toISOString()}[UTC]</cas:authenticationDate>
      <cas:longTermAuthenticationRequestTokenUsed>false</cas:longTermAuthenticationRequestTokenUsed>
      <cas:isFromNewLogin>true</cas:isFromNewLogin>
    </cas:attributes>
  </cas:authenticationSuccess>`);

const loginPage = (service: string): string =>
  page(
    '统一身份认证',
    html`<header class="bar"><h1>统一身份认证</h1></header>
    <p class="who">真实环境中由学校的认证系统核对身份。请输入要使用的演示用户名：</p>
    <form method="post" action="/cas/login" class="list">
      <input type="hidden" name="service" value="${service}">
      <input name="username" aria-label="用户名" autocomplete="off" required>
      <button>登录</button>
    </form>`,
  );

const refusedPage = (): string =>
  page(
    '无法登录',
    html`<header class="bar"><h1>无法登录</h1></header><p class="empty">该应用未在统一身份认证登记。</p>`,
  );
