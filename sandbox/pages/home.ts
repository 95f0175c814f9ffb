import { type Fault, type FaultTarget, faultModes } from '../faults.ts';
import type { Memory, PayOrder } from '../memory.ts';
import type { Office } from '../office/office.ts';
import { officeList } from './office.ts';
import { html, type Markup, page } from './page.ts';

/** Everybody's phones, and the switches that make the partners misbehave. */
export function homePage(memory: Memory, office: Office, faults: Record<FaultTarget, Fault>): string {
  const mailboxes = [...new Set(memory.mails.map(({ address }) => address))].reverse();
  const phones = [...new Set(memory.texts.map((text) => text.phone))].reverse();
  return page(
    '演示手机',
    html`<header class="bar"><h1>演示手机</h1></header>
    <p class="who">这里代替微信、微信支付、办公软件、短信和邮件服务，只在本机运行；所有消息仅保存在内存中。</p>
    <h2>微信</h2>
    <nav class="list" aria-label="微信用户">
      ${[...memory.people.values()].map((person) => {
        const count = memory.wechatMessages.filter(({ openid }) => openid === person.openid).length;
        return html`<a href="/wechat/${encodeURIComponent(person.openid)}">${person.nickname}${badge(count)}</a>`;
      })}
    </nav>
    <form method="post" action="/people" class="row">
      <label for="nickname">新的微信用户</label>
      <input id="nickname" name="nickname" maxlength="20" required autocomplete="off">
      <button>添加</button>
    </form>
    <h2>微信支付 · 扫一扫</h2>
    <nav class="list" aria-label="待扫码支付">
      ${[...memory.orders.values()].filter(isToScan).map(({ prepay, description, amount }) => {
        return html`<a href="/pay/code/${encodeURIComponent(prepay)}">${description} ¥${(amount / 100).toFixed(2)}</a>`;
      })}
    </nav>
    <h2>短信</h2>
    <nav class="list" aria-label="手机号">
      ${phones.map((phone) => {
        const count = memory.texts.filter((text) => text.phone === phone).length;
        return html`<a href="/phone/${encodeURIComponent(phone)}">${phone}${badge(count)}</a>`;
      })}
    </nav>
    <form method="get" action="/phone" class="row">
      <label for="number">手机号</label>
      <input id="number" name="number" inputmode="tel" pattern="1[3-9][0-9]{9}|\\+[0-9]{7,15}" maxlength="16" required autocomplete="off">
      <button>查看</button>
    </form>
    <h2>邮箱</h2>
    <nav class="list" aria-label="邮箱">
      ${mailboxes.map((address) => {
        const count = memory.mails.filter((mail) => mail.address === address && !mail.bounced).length;
        return html`<a href="/mailbox/${encodeURIComponent(address)}">${address}${badge(count)}</a>`;
      })}
    </nav>
    <form method="get" action="/mailbox" class="row">
      <label for="address">邮箱地址</label>
      <input id="address" name="address" type="email" maxlength="254" required autocomplete="off">
      <button>查看</button>
    </form>
    ${officeList(office)}
    <h2>故障演练</h2>
    ${Object.entries(faults).map(([target, fault]) => faultForm(target as FaultTarget, fault))}`,
  );
}

/** A code on somebody's screen, which a phone would read. */
const isToScan = ({ method, state, expires }: PayOrder): boolean =>
  method === 'native' && state === 'NOTPAY' && expires.getTime() > Date.now();

const badge = (count: number): Markup | false => count > 0 && html`<span class="badge">${count}</span>`;

const targetNames: Record<FaultTarget, string> = {
  'wechat.token': '微信 access_token',
  'wechat.oauth': '微信网页授权',
  'wechat.send': '微信模板消息',
  'wechat.menu': '微信自定义菜单',
  'wechat.receipt': '微信送达回执',
  'sms.send': '短信发送',
  'sms.receipt': '短信送达回执',
  'cas.validate': '统一身份认证票据',
  'mail.send': '邮件发送',
  'wecom.token': '企业微信 access_token',
  'wecom.send': '企业微信应用消息',
  'wecom.update': '企业微信卡片更新',
  'wecom.callback': '企业微信按钮回调',
  'feishu.token': '飞书 tenant_access_token',
  'feishu.send': '飞书应用消息',
  'feishu.callback': '飞书按钮回调',
  'dingtalk.token': '钉钉 accessToken',
  'dingtalk.send': '钉钉互动卡片',
  'dingtalk.callback': '钉钉按钮回调',
  'pay.open': '微信支付下单',
  'pay.query': '微信支付查询',
  'pay.close': '微信支付关单',
  'pay.refund': '微信支付退款申请',
  'pay.bill': '微信支付账单',
  'pay.notice': '微信支付通知',
  'pay.outcome': '微信支付退款结果',
};
const modeNames: Record<Fault['mode'], string> = {
  none: '正常',
  busy: '繁忙',
  quota: '超出限额',
  refuse: '拒绝',
  failed: '未送达',
  token: 'token 失效',
  drop: '未受理即断线',
  hang: '不响应',
  lose: '受理后断线',
  timeout: '受理后报超时',
  snapshot: '快照页用户',
  system_failed: '送达失败',
  twice: '重复回执',
  never: '没有回执',
  bounce: '受理后退信',
  late: '迟到或过期',
  error: '系统错误',
  slow: '缓慢',
  unsigned: '应答无签名',
  forged: '签名错误',
  probe: '签名探测',
  stale: '签名过期',
  foreign: '他人的订单',
  sum: '金额不符',
  changed: '内容被篡改',
  closed: '退款关闭',
};

function faultForm(target: FaultTarget, fault: Fault): Markup {
  const id = target.replace('.', '-');
  return html`<form method="post" action="/faults" class="row">
    <label for="${id}">${targetNames[target]}</label>
    <input type="hidden" name="target" value="${target}">
    <select id="${id}" name="mode">
      ${faultModes[target].map((mode) => {
        return html`<option value="${mode}" ${mode === fault.mode && 'selected'}>${modeNames[mode]}</option>`;
      })}
    </select>
    <button>应用</button>
  </form>`;
}
