/**
 * The text messages that the SMS provider sends for us. Each is a template there, which an office applies for, and takes
 * these values as its `{1}`, `{2}` … in this order. A code's text says what the code is for: the reader of it must know.
 */
export const smsTemplates = {
  /** A code to sign in, which nobody else may hear. */
  login: ['code', 'minutes'],
  /** A code to change the account, or to export or delete its data. */
  account: ['code', 'minutes'],
  /** A code that agrees to a child's visit. It alone may be told to somebody else. */
  guardian: ['code', 'minutes'],

  approved: ['campus', 'window', 'code'],
  refused: ['campus', 'window', 'reason'],
  cancelled: ['campus', 'window'],
  returned: ['campus', 'window', 'reason'],
  proposed: ['campus', 'window'],
  /** A visit that stands is different now, or is not: `news` says which. */
  changed: ['campus', 'window', 'news'],
  /** A pass was opened by somebody who is not its owner. */
  opened: ['campus', 'window'],
} as const;

export type SmsTemplate = keyof typeof smsTemplates;
type ValueOf<T extends SmsTemplate> = (typeof smsTemplates)[T][number];

/** A text: which template, and the values in it by name. */
export type SmsText = {
  [T in SmsTemplate]: { template: T } & { [V in ValueOf<T>]: V extends 'minutes' ? number : string };
}[SmsTemplate];

/** The templates that speak of a visit. */
export type VisitTemplate = {
  [T in SmsTemplate]: 'campus' extends ValueOf<T> ? T : never;
}[SmsTemplate];
