/** What WeChat Pay can answer instead of doing it. Stable words; rows and logs hold them. */
export type PayFault =
  /** Nobody there: certainly not done. */
  | 'unreachable'
  /** Not done: the same again later. */
  | 'busy'
  /** The answer was lost, late or unreadable: may have been done. The same number again, or a question, tells. */
  | 'unknown'
  /** The answer's signature is missing, wrong or old: nothing of it is known. As `unknown`, and somebody should look. */
  | 'unsigned'
  /** The order is paid. */
  | 'paid'
  /** The order is closed. */
  | 'closed'
  /** The number was used with other values. */
  | 'used'
  /** The provider knows no such order, refund or bill. */
  | 'none'
  /** The answer is about another merchant, app, order or amount. */
  | 'not_ours'
  /** Settings, rights or balance: somebody has to look at the code. */
  | 'refused';

export interface PayFailure {
  ok: false;
  fault: PayFault;
  /** Whether the same call may succeed later without anybody changing anything. */
  retry: boolean;
  /** The provider's own code, such as SIGN_ERROR, or that of what broke the connection. Its messages are never kept: they can name people. */
  code?: string;
}

const passing = new Set<PayFault>(['unreachable', 'busy', 'unknown', 'unsigned']);

export function failure(fault: PayFault, code?: string): PayFailure {
  return { ok: false, fault, retry: passing.has(fault), ...(code === undefined ? {} : { code }) };
}

/** Codes: "公共错误码" and those of each call, WeChat Pay API v3. Some exist in two spellings. */
const byCode: Record<string, PayFault> = {
  ORDERPAID: 'paid',
  ORDER_PAID: 'paid',
  ORDERCLOSED: 'closed',
  ORDER_CLOSED: 'closed',
  OUT_TRADE_NO_USED: 'used',
  ORDERNOTEXIST: 'none',
  ORDER_NOT_EXIST: 'none',
  RESOURCE_NOT_EXISTS: 'none',
  NO_STATEMENT_EXIST: 'none',
  STATEMENT_CREATING: 'busy',
  // The merchant's own account has to be filled up.
  NOT_ENOUGH: 'busy',
  NOTENOUGH: 'busy',
  FREQUENCY_LIMITED: 'busy',
  FREQUENCY_LIMIT_EXCEED: 'busy',
  RATELIMIT_EXCEEDED: 'busy',
  SYSTEM_ERROR: 'unknown',
  SYSTEMERROR: 'unknown',
  BANK_ERROR: 'unknown',
  BANKERROR: 'unknown',
};

/** The fault of a signed answer that is no success. */
export function failureOf(status: number, code: string | undefined): PayFailure {
  const known = code !== undefined && Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  if (known) return failure(known, code);
  if (status === 429 || status === 503) return failure('busy', code);
  return failure(status >= 500 ? 'unknown' : 'refused', code ?? `HTTP_${status}`);
}

/** What is wrong with this one call. Every other refusal is about settings or rights, and passes once somebody has mended them. */
const final = new Set(['INVALID_REQUEST', 'PARAM_ERROR', 'USER_ACCOUNT_ABNORMAL']);
export const isFinal = ({ fault, code }: PayFailure): boolean => fault === 'refused' && final.has(code ?? '');

const codeForm = /^[A-Z][A-Z0-9_]{1,63}$/;

/** The code alone, and only where it has the form of one. */
export function codeOf(body: unknown): string | undefined {
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return typeof code === 'string' && codeForm.test(code) ? code : undefined;
}
