/** What WeChat can answer instead of doing it. Stable words; rows and logs hold them. */
export type WechatFault =
  /** Is not following the account (43004): this person is reached another way. */
  | 'not_following'
  | 'not_subscribed'
  | 'bad_openid'
  | 'bad_code'
  | 'used_code'
  | 'snapshot'
  /** The template is unknown to this account, or no template is configured for this message. */
  | 'bad_template'
  /** A field breaks its limit (47003). */
  | 'bad_field'
  | 'no_permission'
  /** App id, secret or the caller's address is refused: somebody has to look at the settings. */
  | 'bad_credentials'
  /** Daily quota or rate (45009, 45011 …): later. */
  | 'quota'
  | 'busy'
  /** The access token was refused although it was fetched anew. */
  | 'token'
  | 'refused'
  /** Nobody there: certainly not accepted. */
  | 'unreachable'
  /** The answer was lost or late: may have been accepted. */
  | 'unknown';

export interface WechatFailure {
  ok: false;
  fault: WechatFault;
  /** Whether the same call may succeed later without anybody changing anything. */
  retry: boolean;
  /** WeChat's own number, for operators. */
  errcode?: number;
}

const byErrcode: Record<number, WechatFault> = {
  [-1]: 'busy',
  40001: 'token',
  40003: 'bad_openid',
  40013: 'bad_credentials',
  40014: 'token',
  40029: 'bad_code',
  40037: 'bad_template',
  40125: 'bad_credentials',
  40163: 'used_code',
  40164: 'bad_credentials',
  42001: 'token',
  43004: 'not_following',
  43101: 'not_subscribed',
  45009: 'quota',
  45011: 'quota',
  45047: 'quota',
  47003: 'bad_field',
  48001: 'no_permission',
  50002: 'bad_credentials',
};

const passing = new Set<WechatFault>(['busy', 'quota', 'token', 'unreachable', 'unknown']);

export function failure(fault: WechatFault, errcode?: number): WechatFailure {
  return { ok: false, fault, retry: passing.has(fault), ...(errcode === undefined ? {} : { errcode }) };
}

/** The fault of an `errcode` other than 0. */
export function failureOf(errcode: number): WechatFailure {
  return failure(byErrcode[errcode] ?? 'refused', errcode);
}
