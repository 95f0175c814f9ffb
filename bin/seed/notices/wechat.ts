import type { SeedNotice } from './notice.ts';

export const wechat: SeedNotice = {
  kind: 'wechat',
  title: { zh: '通过微信接收通知的单独同意', en: 'Messages by WeChat' },
  zh: `
同意后，学校通过微信公众号向您发送来访通知，需要向微信的运营者提供您的信息：

- **接收方**：深圳市腾讯计算机系统有限公司（微信），联系方式 Dataprivacy@tencent.com；
- **提供的信息**：微信用户标识（openid）、姓名、来访园区、来访时间、访客验证码、审批结果及原因；
- **目的和方式**：以公众号模板消息发送来访通知；
- **不同意也可以**：仍可绑定微信用于登录，通知改以短信发送，不影响预约和入校。

您可以随时在“我的数据”中撤回同意，撤回后通知改以短信发送。
`,
  en: `
If you agree, the university sends you messages about your visits by its WeChat account. For that it gives the operator of WeChat information about you:

- **Recipient**: Shenzhen Tencent Computer Systems Company Limited (WeChat), contact Dataprivacy@tencent.com;
- **Information**: your identifier at WeChat (openid), name, campus, time of the visit, visitor code, the decision and its reason;
- **Purpose and way**: messages about your visits, as template messages of the account;
- **You need not agree**: WeChat can be bound for signing in all the same, and the messages come by text message; your visits are not affected.

You can withdraw at any time under "My data"; messages come by text message from then on.
`,
};
