import type { PayOrder, WechatPerson } from '../memory.ts';
import { html, page } from './page.ts';

/** What the phone of somebody who pays shows. */

const yuan = (fen: number): string => `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
const look = { look: 'wechat' };

/** One tap pays. @param people who may pay; one where WeChat knows whose phone it is */
export const cashierPage = (order: PayOrder, people: WechatPerson[], action: string, shop: string): string =>
  page(
    '微信支付',
    html`<header class="bar"><h1>微信支付</h1></header>
    <p class="who">${shop}</p>
    <p class="sum"><span aria-hidden="true">¥</span>${yuan(order.amount)}<span class="unit">元</span></p>
    <p class="who">${order.description}</p>
    <form method="post" action="${action}" class="list">
      ${
        people.length > 1 &&
        html`<label class="row">付款人
          <select name="openid">${people.map(({ openid, nickname }) => html`<option value="${openid}">${nickname}</option>`)}</select>
        </label>`
      }
      <button name="act" value="pay">立即支付</button>
      <button name="act" value="poor">零钱余额不足</button>
      <button name="act" value="cancel">取消支付</button>
    </form>`,
    look,
  );

const titles = { ok: '支付成功', cancel: '已取消支付', fail: '零钱余额不足，支付失败', gone: '订单已支付或已关闭' };

export const paidPage = (result: keyof typeof titles, back: string | undefined): string =>
  page(
    titles[result],
    html`<header class="bar"><h1>微信支付</h1></header>
    <p class="empty" role="status">${titles[result]}</p>
    <nav class="list">${back && html`<a href="${back}">返回商家</a>`}<a href="/">演示手机</a></nav>`,
    look,
  );

export const noCashierPage = (problem: string): string =>
  page(
    '无法支付',
    html`<header class="bar"><h1>无法支付</h1></header><p class="empty" role="alert">${problem}</p>`,
    look,
  );
