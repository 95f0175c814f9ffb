import type { StoredMail } from '../memory.ts';
import { html, page, timeOf } from './page.ts';

const boxOf = (address: string): string => `/mailbox/${encodeURIComponent(address)}`;

/** The mails of one address, newest first. */
export function mailboxPage(address: string, mails: StoredMail[]): string {
  return page(
    `邮箱 ${address}`,
    html`<header class="bar"><a href="/" aria-label="返回">‹</a><h1>${address}</h1></header>
    ${mails.length === 0 && html`<p class="empty">还没有邮件。</p>`}
    <nav class="list" aria-label="邮件">
      ${mails.map(({ id, subject, at }) => html`<a href="${boxOf(address)}/${id}">${subject}<span class="when">${timeOf(at)}</span></a>`)}
    </nav>`,
    { live: true },
  );
}

/** One mail: the text as it is, with its links to press, and beneath it what a program without HTML shows. */
export function letterPage(mail: StoredMail): string {
  return page(
    mail.subject,
    html`<header class="bar"><a href="${boxOf(mail.address)}" aria-label="返回">‹</a><h1>${mail.subject}</h1></header>
    <p class="who">${mail.from} → ${mail.to} · ${timeOf(mail.at)}</p>
    <article class="letter">${linked(mail.text)}</article>`,
  );
}

/** Addresses of the site in the text, to press. */
const linked = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, at) =>
      at % 2 === 1
        ? html`<a href="${part}" rel="noreferrer" data-testid="mail-link">${part}</a>`
        : part.split('\n').map((line, n) => html`${n > 0 && html`<br>`}${line}`),
    );
