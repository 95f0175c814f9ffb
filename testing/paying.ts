import { randomUUID } from 'node:crypto';
import { createOrders } from '../delivery/orders.ts';
import type { FeeTable } from '../domain/fee.ts';
import { createWechatPay } from '../platform/wechat-pay.ts';
import { lockAccount } from '../store/payments/account.ts';
import { cashDueOf } from '../store/payments/cash.ts';
import { type Order, openOrder, takeCash } from '../store/payments/order.ts';
import type { ProcessUnderTest } from './process.ts';
import type { TestVisitor } from './process-visitor.ts';
import { until } from './until.ts';
import type { Wish } from './wishes.ts';

/** A campus that takes money for a vehicle, and ways to pay it, with the same functions as pages and gates. */

/** Fen, of an ordinary plate. */
export const price = 1_000;

/** By the day, the difference of a shorter stay goes back; a vehicle of new energy is free. */
export const feesByDay: FeeTable = {
  per: 'day',
  amounts: {
    personal: { ordinary: price, new_energy: 0, special: 0 },
    official: { ordinary: price, new_energy: 0, special: 0 },
  },
  payWithin: 24,
  refundsShorter: true,
};

type Reserved = { reservation: string };

export async function payingOf(process: ProcessUnderTest) {
  const { db, client, owner, content } = process;
  const orders = createOrders({ db, pay: createWechatPay(process.settings), client });
  await owner('fee_table')
    .insert({ campus_id: content.campus, version: 1, document: JSON.stringify(feesByDay) })
    .onConflict(['campus_id', 'version'])
    .ignore();
  return {
    orders,
    byCar: <T extends Omit<Wish, 'people'>>(visitor: TestVisitor, wish: T) => ({
      ...wish,
      people: [{ ...visitor.profile, plate: '京A12345' }],
    }),
    /** Cash, whatever is due. */
    async cash({ reservation }: Reserved, amount = price): Promise<void> {
      await db.transaction(async (trx) => {
        await lockAccount(trx, reservation);
        const submission = randomUUID();
        await takeCash(trx, { reservation, submission, amount, payBy: new Date(), takenBy: null });
      });
      await orders.tell(reservation);
    },
    /** An order for what is due, as the visitor's page makes it. */
    async order({ reservation }: Reserved): Promise<Order> {
      const due = await until(() => cashDueOf(db, reservation), 'a fee is due');
      const order = await db.transaction(async (trx) => {
        await lockAccount(trx, reservation);
        return openOrder(trx, { reservation, method: 'native', ...due });
      });
      const offered = await orders.offer(order, { description: '车辆进校费用' });
      if (!offered.ok) throw new Error(`The sandbox takes no order: ${offered.fault}`);
      return order;
    },
  };
}
