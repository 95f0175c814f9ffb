import { idOf } from './number.ts';

/** One line of a day's bill: a payment, or a refund that was asked for. */
export interface BillLine {
  /** When it was paid, or when the refund was asked for. */
  at: Date;
  order: string;
  transaction: string;
  kind: 'paid' | 'refund';
  /** In fen: what was paid, or what was asked back. */
  amount: number;
  /** Of a refund. */
  refund?: string;
}

/**
 * A bill of all trade of one day: UTF-8, a line of names, a line each with a backtick before every value, then a line
 * of names and one of sums. Lines of other apps and of numbers that are not ours are left out: a merchant can have several
 * shops.
 *
 * @returns undefined: not such a bill
 */
export function readBill(text: string, appId: string): BillLine[] | undefined {
  const [head = '', ...rest] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = head.split(',').map((name) => name.replace(/^`/, '').trim());
  const needed = ['交易时间', '公众账号ID', '微信订单号', '商户订单号', '交易状态', '订单金额'];
  if (needed.some((name) => !names.includes(name))) return undefined;
  const lines: BillLine[] = [];
  for (const row of rest) {
    // The sums begin with names of their own.
    if (!row.startsWith('`')) break;
    // A value may hold a comma, never one before a backtick.
    const values = row.slice(1).split(',`');
    const value = (name: string) => values[names.indexOf(name)]?.trim() ?? '';
    if (values.length !== names.length) return undefined;
    const order = idOf(value('商户订单号'));
    const isTrade = value('交易状态') === 'SUCCESS' || value('交易状态') === 'REFUND';
    if (value('公众账号ID') !== appId || !order || !isTrade) continue;
    const line = lineOf(value, order);
    if (!line) return undefined;
    lines.push(line);
  }
  return lines;
}

function lineOf(value: (name: string) => string, order: string): BillLine | undefined {
  const at = momentOf(value('交易时间'));
  const isRefund = value('交易状态') === 'REFUND';
  const amount = fenOf(isRefund ? value('申请退款金额') || value('退款金额') : value('订单金额'));
  const refund = isRefund ? idOf(value('商户退款单号')) : undefined;
  if (!at || amount === undefined || (isRefund && !refund)) return undefined;
  return {
    at,
    order,
    transaction: value('微信订单号'),
    kind: isRefund ? 'refund' : 'paid',
    amount,
    ...(refund === undefined ? {} : { refund }),
  };
}

/** Yuan with two digits, without a number between that could round. */
function fenOf(yuan: string): number | undefined {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(yuan) ?? [];
  return whole === undefined ? undefined : Number(whole + fraction.padEnd(2, '0'));
}

function momentOf(text: string): Date | undefined {
  const at = new Date(`${text.replace(' ', 'T')}+08:00`);
  return Number.isNaN(at.getTime()) ? undefined : at;
}
