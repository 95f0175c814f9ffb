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

  approved: ['campus', 'day', 'clock', 'last_day', 'last_clock', 'code'],
  /** Why is read on the page: no value has room for it. */
  refused: ['campus', 'day', 'clock', 'status'],
  cancelled: ['campus', 'day', 'clock'],
  returned: ['campus', 'day', 'clock'],
  proposed: ['campus', 'day', 'clock', 'last_day', 'last_clock'],
  /** A visit that stands is different now, or is not: `status` says which. */
  changed: ['campus', 'day', 'clock', 'status'],
  /** A pass was opened by somebody who is not its owner. */
  opened: ['campus', 'day', 'clock'],
} as const;

/**
 * How long one value may be, in characters of any script. The provider refuses a text of the mainland with a longer one
 * ("变量规范", Tencent Cloud SMS; codes: digits alone); elsewhere it keeps a text to 500 in all, and a phone shows the first.
 */
export const longestValue = { mainland: 6, abroad: 24 } as const;

/** What does not fit is cut: with every value that is made to fit, only a long name of a campus is. */
export const fitValue = (value: string, side: keyof typeof longestValue): string =>
  [...value.replace(/\s+/g, ' ').trim()].slice(0, longestValue[side]).join('').trim();

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
