import type { SmsMessage } from '../memory.ts';
import { html, page, timeOf } from './page.ts';

/** The messages of one number, newest first. */
export function phonePage(phone: string, texts: SmsMessage[]): string {
  return page(
    `短信 ${phone}`,
    html`<header class="bar"><a href="/" aria-label="返回">‹</a><h1>${phone}</h1></header>
    ${texts.length === 0 && html`<p class="empty">还没有短信。获取验证码后会显示在这里。</p>`}
    <ol class="bubbles" aria-live="polite">
      ${texts.map((text) => html`<li><p class="when">${timeOf(text.at)}</p><p class="bubble">${text.text}</p></li>`)}
    </ol>`,
    { live: true },
  );
}
