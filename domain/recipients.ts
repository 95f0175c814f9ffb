import type { WechatField } from './message-kinds.ts';
import type { TaskFact } from './messengers.ts';
import type { SmsTemplate, smsTemplates } from './sms-templates.ts';

/**
 * Who outside the university is given something about a visitor (PIPL art. 21 and 23), and the only such. Pages name each with its
 * contact, purpose and kinds of data out of this list, and what sends asks it first; a client of another partner is found by
 * `recipients.test.ts`. Sentences: `recipients.<id>` in platform/locales.
 */

export const dataKinds = [
  'phone',
  'openid',
  'name',
  'campus',
  'window',
  'code',
  'reason',
  'status',
  'network',
  'amount',
] as const;
export type DataKind = (typeof dataKinds)[number];

interface Recipient {
  /**
   * `contract`: the service that the visitor asked for cannot be given without it (PIPL art. 13 (2)); `consent`: only while an
   * agreement of its own stands, of the purpose that is called like the recipient; `entrusted`: it works for the university
   * alone, which says what for (PIPL art. 21), and only where the university has set it up.
   */
  basis: 'contract' | 'consent' | 'entrusted';
  kinds: readonly DataKind[];
  /** Files that speak to it. */
  clients: readonly string[];
}

const officeMessenger = {
  basis: 'entrusted',
  kinds: ['name', 'campus', 'window', 'status'],
  clients: ['platform/messengers/call.ts'],
} as const satisfies Recipient;

export const recipients = {
  /** A phone is proved by a code, and who has no WeChat learns of the decision by a text: without it there is no visit. */
  sms: {
    basis: 'contract',
    kinds: ['phone', 'campus', 'window', 'code', 'status'],
    clients: ['platform/sms.ts'],
  },
  /** A text does the same: a message by WeChat is the visitor's choice. */
  wechat: {
    basis: 'consent',
    kinds: ['openid', 'name', 'campus', 'window', 'code', 'reason', 'status'],
    clients: ['platform/wechat/call.ts'],
  },
  /** Who pays a fee by WeChat, and nobody else. Neither the plate nor the visit is told: a number of the order, and what it costs. */
  wechat_pay: {
    basis: 'contract',
    kinds: ['openid', 'network', 'amount'],
    clients: ['platform/wechat-pay/call.ts', 'platform/wechat-pay/library.ts'],
  },
  /** Staff are told of what waits for them where they work. The name is masked; neither a phone nor a document nor a plate goes there. */
  wecom: officeMessenger,
  feishu: officeMessenger,
  dingtalk: officeMessenger,
} as const satisfies Record<string, Recipient>;

export type RecipientId = keyof typeof recipients;
export const recipientIds = Object.keys(recipients) as RecipientId[];
/** Purposes of agreements to a transmission. */
export type TransmissionPurpose = {
  [R in RecipientId]: (typeof recipients)[R]['basis'] extends 'consent' ? R : never;
}[RecipientId];

/** What each field of a message says. A new field does not compile before its kind is said. */
export const kindOfWechatField: Record<WechatField, DataKind> = {
  visitor: 'name',
  campus: 'campus',
  window: 'window',
  code: 'code',
  reason: 'reason',
  status: 'status',
};
type SmsValue = (typeof smsTemplates)[SmsTemplate][number];
/** Null: nothing about anybody. */
export const kindOfSmsValue: Record<SmsValue, DataKind | null> = {
  code: 'code',
  minutes: null,
  campus: 'campus',
  day: 'window',
  clock: 'window',
  last_day: 'window',
  last_clock: 'window',
  status: 'status',
};

/** Null: nothing about a visitor. */
export const kindOfTaskFact: Record<TaskFact | 'state', DataKind | null> = {
  visitor: 'name',
  window: 'window',
  campus: 'campus',
  department: null,
  decide_by: null,
  state: 'status',
};

/**
 * Partners that are given nothing about a visitor by a client of ours, and parts that the university runs itself, each with its
 * files. Mail goes to the university's own server, which works on its behalf (PIPL art. 21).
 */
export const otherClients: Record<string, readonly string[]> = {
  'the university’s mail server': ['platform/mail.ts'],
  'the university’s sign-in of staff': ['platform/oidc.ts', 'platform/cas.ts'],
  'other systems of the university, told by web hooks in ids and times alone': ['platform/outgoing-post.ts'],
  'the collector of traces that an operator names, ids alone': ['platform/tracing/exporter.ts'],
};

/** Whether something may be sent now. @param agreed purposes of agreements that stand */
export const mayTransmit = (to: RecipientId, agreed: readonly string[]): boolean =>
  recipients[to].basis !== 'consent' || agreed.includes(to);
