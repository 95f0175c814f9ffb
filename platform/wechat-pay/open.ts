import { isIP } from 'node:net';
import { failure, type PayFailure } from './fault.ts';
import type { PayLibrary } from './library.ts';
import { numberOf, shanghaiTime } from './number.ts';
import { openedShapes } from './shapes.ts';

/** One try to pay. The same order again, with the same values, is answered alike; another way of paying needs another id. */
export type OpenOrder = {
  /** UUID */
  id: string;
  /** In fen. */
  amount: number;
  /** What the payer reads. Nothing personal. */
  description: string;
  /** The provider takes nothing after it. At least a minute ahead. */
  payBy: Date;
} & (
  | { method: 'jsapi'; openid: string }
  | { method: 'native' }
  /** `address`: the payer's, IPv4 or IPv6. */
  | { method: 'h5'; address: string }
);

export async function openOrder(
  { ask, noticesAt }: { ask: PayLibrary['ask']; noticesAt: string },
  order: OpenOrder,
): Promise<{ ok: true; prepay: string } | PayFailure> {
  const common = {
    out_trade_no: numberOf(order.id),
    description: [...order.description].slice(0, 127).join(''),
    time_expire: shanghaiTime(order.payBy),
    notify_url: noticesAt,
    amount: { total: order.amount, currency: 'CNY' },
  };
  const answer = await ask((pay) => {
    switch (order.method) {
      case 'jsapi':
        return pay.transactions_jsapi({ ...common, payer: { openid: order.openid } });
      case 'native':
        return pay.transactions_native(common);
      case 'h5':
        return pay.transactions_h5({
          ...common,
          scene_info: { payer_client_ip: plainAddress(order.address), h5_info: { type: 'Wap', app_name: '访客预约' } },
        });
    }
  });
  if (!answer.ok) {
    // Of a new order this is what the provider says where the number is known with other values.
    return answer.fault === 'refused' && answer.code === 'INVALID_REQUEST' ? failure('used', answer.code) : answer;
  }
  const opened = openedShapes[order.method].safeParse(answer.body);
  return opened.success ? { ok: true, prepay: opened.data } : failure('unknown', 'SHAPE');
}

/** A socket for both families writes IPv4 addresses within IPv6. */
function plainAddress(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) ? plain : '127.0.0.1';
}
