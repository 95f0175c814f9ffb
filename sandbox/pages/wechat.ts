import type { Memory, WechatMessage, WechatPerson } from '../memory.ts';
import { html, type Markup, page, timeOf } from './page.ts';

/** One person's chat with the official account. */
export function wechatPage(
  person: WechatPerson,
  account: string,
  messages: WechatMessage[],
  { menu, replies }: Pick<Memory, 'menu' | 'replies'>,
): string {
  const base = `/wechat/${encodeURIComponent(person.openid)}`;
  return page(
    `${person.nickname} 的微信`,
    html`<header class="bar"><a href="/" aria-label="返回">‹</a><h1>${account}</h1></header>
    <p class="who">${person.nickname} 的微信 · ${relation(person)}</p>
    <div class="actions">
      <form method="post" action="${base}/following">
        <button name="following" value="${person.following ? 'no' : 'yes'}">${person.following ? '取消关注' : '关注公众号'}</button>
      </form>
      <form method="post" action="${base}/blocking">
        <button name="blocking" value="${person.blocking ? 'no' : 'yes'}">${person.blocking ? '恢复接收消息' : '拒收消息'}</button>
      </form>
    </div>
    <form method="get" action="${base}/scan" class="row">
      <label for="address">扫一扫（二维码里的地址）</label>
      <input id="address" name="address" type="url" required autocomplete="off">
      <button>打开</button>
    </form>
    ${messages.length === 0 && html`<p class="empty">还没有消息。预约审批后，通知会显示在这里。</p>`}
    <ol class="cards" aria-live="polite">${messages.map(card)}</ol>
    <ol class="cards replies" aria-live="polite" aria-label="自动回复">${replies
      .filter(({ openid }) => openid === person.openid)
      .toReversed()
      .map(
        ({ at, text }) =>
          html`<li><p class="when">${timeOf(at)}</p><article class="card"><p>${text}</p></article></li>`,
      )}</ol>
    ${
      person.following
        ? html`<nav class="menu" aria-label="公众号菜单">${menu.map((entry, index) => menuEntry(base, entry, index))}</nav>`
        : html`<p class="empty">关注公众号后可使用菜单。</p>`
    }`,
    { live: true, look: 'wechat' },
  );
}

/** What was scanned. A link leads on: browsers follow no form to another site, which the pages' policy forbids. */
export const scannedPage = (person: WechatPerson, address: string): string =>
  page(
    '扫一扫',
    html`<header class="bar"><a href="/wechat/${encodeURIComponent(person.openid)}" aria-label="返回">‹</a><h1>扫一扫</h1></header>
    <nav class="list"><a href="${address}">打开网页</a></nav>`,
    { look: 'wechat' },
  );

const menuEntry = (base: string, { type, name }: Memory['menu'][number], index: number): Markup =>
  type === 'click'
    ? html`<form method="post" action="${base}/menu"><button name="entry" value="${String(index)}">${name}</button></form>`
    : html`<a href="${base}/menu?entry=${String(index)}">${name}</a>`;

function relation(person: WechatPerson): string {
  if (!person.following) return '未关注';
  return person.blocking ? '已关注，拒收消息' : '已关注';
}

function card(message: WechatMessage): Markup {
  return html`<li>
    <p class="when">${timeOf(message.at)}</p>
    <article class="card">
      <h2>${message.title}</h2>
      <dl>${message.fields.map(({ label, value }) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>
      ${/^https?:\/\//.test(message.url) && html`<a class="more" href="${message.url}">查看详情<span aria-hidden="true">›</span></a>`}
    </article>
  </li>`;
}
