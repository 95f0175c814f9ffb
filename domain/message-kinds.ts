import type { VisitTemplate } from './sms-templates.ts';

/**
 * The kinds of messages about a visit. A new kind is an entry here and its sentences `message.<kind>` in
 * platform/locales/<language>/messages.json: `name` for the office, and `status`
 * for WeChat and its text message: at most five characters in Chinese.
 */
interface KindOfMessage {
  /** The workflow tells it, to the lead; else it is kept with what causes it (store/messages/message.ts). */
  toldBy: 'workflow' | 'cause';
  /** The template of its text message. */
  sms: VisitTemplate;
  /** Its template at WeChat, which an office applies for: what it is called there, and the fields it needs, in order. */
  wechat: { title: string; fields: readonly WechatField[] };
  /** Where its link leads. The pass: the reader's own, or one that the reader looks after. */
  leadsTo: 'pass' | 'reservation';
  /** Good news is not told any more once the reservation is closed. */
  goodNews: boolean;
  /** Whose time it speaks of: the visit's, if it does not say so. */
  speaksOf?: 'proposed time';
  /** The sentence `message.reason.<it>` that stands where nobody typed a reason. */
  reasonOf?: (visit: { returned: boolean; unpaid: boolean }) => string;
}

export type WechatField = 'visitor' | 'campus' | 'window' | 'code' | 'reason' | 'status';

const kinds = {
  approved: {
    toldBy: 'workflow',
    sms: 'approved',
    wechat: { title: '来访预约操作成功通知', fields: ['visitor', 'campus', 'window', 'code', 'status'] },
    leadsTo: 'pass',
    goodNews: true,
  },
  /** Approved, and a fee is due before there is a pass. */
  payment_due: {
    toldBy: 'workflow',
    sms: 'changed',
    wechat: { title: '停车缴费提醒', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'reservation',
    goodNews: true,
  },
  /** A new 访客验证码 after too many wrong tries. */
  code: {
    toldBy: 'workflow',
    sms: 'approved',
    wechat: { title: '访客验证码通知', fields: ['campus', 'window', 'code'] },
    leadsTo: 'pass',
    goodNews: true,
  },
  rejected: {
    toldBy: 'workflow',
    sms: 'refused',
    wechat: { title: '来访预约审核未通过通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  cancelled: {
    toldBy: 'workflow',
    sms: 'cancelled',
    wechat: { title: '来访预约取消通知', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  /** Staff ended the visit; a companion reads it of their own place in it. */
  revoked: {
    toldBy: 'workflow',
    sms: 'changed',
    wechat: { title: '来访预约撤销通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  /** Staff took one companion out; the others' visit stands. */
  person_revoked: {
    toldBy: 'workflow',
    sms: 'changed',
    wechat: { title: '同行人通行撤销通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  expired: {
    toldBy: 'workflow',
    sms: 'refused',
    wechat: { title: '来访预约失效通知', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
    reasonOf: ({ returned, unpaid }) => (unpaid ? 'not_paid' : returned ? 'not_corrected' : 'not_decided'),
  },
  returned: {
    toldBy: 'workflow',
    sms: 'returned',
    wechat: { title: '来访预约退回修改通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  proposed: {
    toldBy: 'workflow',
    sms: 'proposed',
    wechat: { title: '来访改期建议通知', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'reservation',
    goodNews: true,
    speaksOf: 'proposed time',
  },
  /** The department took its approval back, and decides once more. */
  approval_withdrawn: {
    toldBy: 'workflow',
    sms: 'changed',
    wechat: { title: '来访预约批准撤回通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  changed: {
    toldBy: 'workflow',
    sms: 'changed',
    wechat: { title: '来访预约变更通知', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'reservation',
    goodNews: true,
  },
  change_refused: {
    toldBy: 'workflow',
    sms: 'changed',
    wechat: { title: '来访变更未通过通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
    reasonOf: () => 'change_lapsed',
  },
  /** The department wrote something to the visitor, who may answer on the page. */
  commented: {
    toldBy: 'cause',
    sms: 'changed',
    wechat: { title: '来访预约留言通知', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: true,
    reasonOf: () => 'commented',
  },
  /** A companion without an account got a pass, which the lead shows. */
  person_ready: {
    toldBy: 'cause',
    sms: 'changed',
    wechat: { title: '同行人通行凭证通知', fields: ['visitor', 'campus', 'window', 'code'] },
    leadsTo: 'pass',
    goodNews: true,
  },
  /** What was asked for was refused after its page had said that it is in progress. */
  request_refused: {
    toldBy: 'cause',
    sms: 'changed',
    wechat: { title: '来访申请未办成通知', fields: ['campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: false,
  },
  /** A gate's box was stolen: a pass that it knew has another gate code. Which one, its page says. */
  gate_code_changed: {
    toldBy: 'cause',
    sms: 'changed',
    wechat: { title: '入校码更换通知', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'pass',
    goodNews: true,
  },
  /** Not seen leaving by the end of the visit: whether they have left, or need more time. */
  overstayed: {
    toldBy: 'cause',
    sms: 'changed',
    wechat: { title: '访客离校确认提醒', fields: ['visitor', 'campus', 'window', 'reason', 'status'] },
    leadsTo: 'reservation',
    goodNews: true,
    reasonOf: () => 'overstayed',
  },
  /** Somebody who is not its owner opened a pass. */
  pass_opened: {
    toldBy: 'cause',
    sms: 'opened',
    wechat: { title: '通行凭证打开提醒', fields: ['visitor', 'campus', 'window', 'status'] },
    leadsTo: 'pass',
    goodNews: false,
  },
} as const satisfies Record<string, KindOfMessage>;

/** The one template at WeChat of everything that staff are told of tasks. */
export const taskTemplate = {
  title: '来访预约待审批提醒',
  fields: ['visitor', 'campus', 'window', 'reason', 'status'] as const satisfies readonly WechatField[],
};

export type MessageKind = keyof typeof kinds;
export const messageKinds: Record<MessageKind, KindOfMessage> = kinds;
export const messageKindNames = Object.keys(kinds) as MessageKind[];

/** The kinds that the workflow tells. */
export type WorkflowMessageKind = {
  [K in MessageKind]: (typeof kinds)[K]['toldBy'] extends 'workflow' ? K : never;
}[MessageKind];
