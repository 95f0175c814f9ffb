import type { Entry } from './entry.ts';
import { ofAdmins, ofContent } from './forms/admin.ts';
import { ofStaff, ofTasks } from './forms/staff.ts';
import { ofBook, ofEverybody, ofVisits } from './forms/visitor.ts';
import type { FormKey } from './sending.ts';

export const entries: Record<FormKey, Entry> = {
  ...ofEverybody,
  ...ofVisits,
  ...ofBook,
  ...ofStaff,
  ...ofTasks,
  ...ofAdmins,
  ...ofContent,
};

/** Routes that take a POST, and by whom: no form of a page that is drawn here. */
export const elsewhere: Record<string, string> = {
  '/wechat/callback': 'WeChat',
  '/wechat/pay/notices': 'WeChat Pay',
  '/messengers/wecom': '企业微信',
  '/messengers/feishu': '飞书',
  '/messengers/dingtalk': '钉钉',
  '/gates/enrolments': 'a box that is no gate yet',
  '/gates/enrolments/answers': 'a box that is no gate yet',
  '/gates/:id/cash/searches': 'a gate',
  '/gates/:id/cash': 'a gate',
  '/gates/:id/refusals': 'a gate',
  '/gates/:id/emergencies': 'a gate',
  '/mail/bounces': 'the mail server',
  '/api/v1/invitations': 'another system of the university',
  '/api/v1/invitations/:id/revocation': 'another system of the university',
  '/sms/receipts/:key': 'the provider of text messages',
  '/scim/v2/Users': 'the directory of the university',
  '/scim/v2/Users/.search': 'the directory of the university',
  '/codec/decode': 'the engine’s own pages',
  '/passes/:id/bindings': 'a phone’s script: it holds a key, which a page without scripts cannot',
  '/profile/document':
    'htmx, as soon as another kind of document is chosen; without scripts the form has a button for it',
  '/staff/identities/removal':
    'an account of the university, which is not set up here: web/staff/university/oidc.page.test.ts',
  '/admin/staff/:id/identities/removal':
    'an account of the university, which is not set up here: web/staff/university/oidc.page.test.ts',
};
