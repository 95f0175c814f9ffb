import type { WechatPerson } from '../memory.ts';
import { html, page } from './page.ts';

/** Outside the sandbox's WeChat nobody knows whose browser this is: ask. */
export function chooserPage(people: WechatPerson[], action: string): string {
  return page(
    '选择微信用户',
    html`<header class="bar"><h1>选择微信用户</h1></header>
    <p class="who">真实环境中，微信会直接告知网站您的身份。请选择要使用的演示用户：</p>
    <form method="post" action="${action}" class="list">
      ${people.map((person) => html`<button name="openid" value="${person.openid}">${person.nickname}</button>`)}
    </form>`,
    { look: 'wechat' },
  );
}

export function refusedPage(problem: string): string {
  return page('无法授权', html`<header class="bar"><h1>无法授权</h1></header><p class="empty">${problem}</p>`, {
    look: 'wechat',
  });
}
