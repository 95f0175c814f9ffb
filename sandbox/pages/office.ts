import { Router, urlencoded } from 'express';
import {
  type Office,
  type OfficeMessage,
  type OfficeMessenger,
  officeMessengers,
  type Presses,
} from '../office/office.ts';
import { html, type Markup, page, timeOf } from './page.ts';

const names: Record<OfficeMessenger, string> = { wecom: '企业微信', feishu: '飞书', dingtalk: '钉钉' };

/** What a user of an office messenger sees, and the buttons that they press. */
export function officePageRoutes(office: Office, presses: Presses): Router {
  const router = Router();
  const form = urlencoded({ extended: false, limit: '8kb' });

  router.get('/office/:messenger/:user', (request, response) => {
    const messenger = officeMessengers.find((one) => one === request.params.messenger);
    const { user } = request.params;
    const known = messenger && office.users.some((one) => one.messenger === messenger && one.user === user);
    if (!known) return void response.status(404).send('没有这个用户');
    const messages = office.messages.filter((one) => one.messenger === messenger && one.user === user);
    response.send(officePage(messenger, user, messages.reverse()));
  });
  router.post('/office/press', form, async (request, response) => {
    const message = office.messages.find(({ id }) => id === request.body.message);
    if (!message) return void response.status(404).send('没有这条消息');
    await presses[message.messenger]?.(message, { user: message.user, forged: false });
    response.redirect(303, pathOf(message.messenger, message.user));
  });
  return router;
}

const pathOf = (messenger: OfficeMessenger, user: string): string => `/office/${messenger}/${encodeURIComponent(user)}`;

/** Everybody's, on the first page. */
export const officeList = ({ users, messages }: Office): Markup => html`<h2>办公软件</h2>
  <nav class="list" aria-label="办公软件用户">
    ${users.map(({ messenger, user }) => {
      const count = messages.filter((one) => one.messenger === messenger && one.user === user).length;
      return html`<a href="${pathOf(messenger, user)}">${names[messenger]} · ${user}${count > 0 && html`<span class="badge">${count}</span>`}</a>`;
    })}
  </nav>`;

const officePage = (messenger: OfficeMessenger, user: string, messages: OfficeMessage[]): string =>
  page(
    `${user} 的${names[messenger]}`,
    html`<header class="bar"><a href="/" aria-label="返回">‹</a><h1>${names[messenger]}</h1></header>
    <p class="who">${user} 的${names[messenger]}</p>
    ${messages.length === 0 && html`<p class="empty">还没有消息。在“消息与提醒”页面绑定后，待审批的来访会显示在这里。</p>`}
    <ol class="cards" aria-live="polite">${messages.map(card)}</ol>`,
    { live: true },
  );

const card = ({ id, title, text, facts, open, button, at, said }: OfficeMessage): Markup => html`<li>
    <p class="when">${timeOf(at)}</p>
    <article class="card">
      <h2>${title}</h2>
      <p>${text}</p>
      ${facts.length > 0 && html`<dl>${facts.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`}
      ${
        button &&
        html`<form method="post" action="/office/press"><button name="message" value="${id}">${button.words}</button></form>`
      }
      ${said && html`<p role="status">${said}</p>`}
      ${open && html`<a class="more" href="${open.url}">${open.words}<span aria-hidden="true">›</span></a>`}
    </article>
  </li>`;
