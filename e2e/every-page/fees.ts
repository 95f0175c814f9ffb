import { feeTable } from '../../domain/fee.ts';
import { giveBack } from '../../store/payments/account.ts';
import { keepComparedDay } from '../../store/payments/bill.ts';
import { recordPayFault } from '../../store/payments/fault.ts';
import { keepFee, publishFees } from '../../store/payments/fee.ts';
import { keepPrepay, openOrder, takeIn } from '../../store/payments/order.ts';
import type { System } from '../../testing/system.ts';
import type { aReservation } from './rows.ts';

/** What a vehicle costs: `waiting` is to be paid, by a code that another phone reads; `paid` was, and part of it goes back. */
export async function fees(
  { db }: System,
  { waiting, paid }: Record<'waiting' | 'paid', Awaited<ReturnType<typeof aReservation>>>,
): Promise<string> {
  const amounts = { ordinary: 1_000, new_energy: 500, special: 0 };
  return db.transaction(async (trx) => {
    const table = await publishFees(trx, {
      campus: waiting.submission.campus,
      after: 0,
      table: feeTable.parse({
        per: 'day',
        amounts: { personal: amounts, official: { ordinary: 0, new_energy: 0, special: 0 } },
        payWithin: 24,
        refundsShorter: true,
      }),
      by: (await trx('staff').where({ username: 'admin' }).first('id')).id,
    });
    if (!table) throw new Error('Somebody else has published fees');
    const amount = 2_000;
    const order = async ({ reservation, submission }: typeof waiting, payBy: Date) => {
      await keepFee(trx, { submission: submission.id, table, amount });
      return openOrder(trx, { reservation, submission: submission.id, method: 'native', amount, payBy });
    };
    const { stage_until: payBy } = await trx('reservation').where({ id: waiting.reservation }).first('stage_until');
    const open = await order(waiting, payBy);
    await keepPrepay(trx, open.id, 'weixin://wxpay/bizpayurl?pr=example');
    // No worker asks the sandbox of it, which does not know it.
    await trx('payment_order').where({ id: open.id }).update({ next_look_at: null });
    const done = await order(paid, new Date());
    await takeIn(trx, { order: done.id, amount, at: new Date(), transaction: `4200${done.id.slice(-12)}` });
    await giveBack(trx, paid.reservation, { owed: 1_000, reason: 'shortened' });
    await trx('payment_refund').where({ order_id: done.id }).update({ status: 'abnormal', next_try_at: null });
    await recordPayFault(trx, {
      kind: 'amounts_differ',
      subject: done.id,
      day: '2026-11-29',
      ours: 2_000,
      theirs: 1_900,
    });
    await keepComparedDay(trx, { day: '2026-11-29', paid: 1_900, refunded: 0, lines: 1 });
    return open.id;
  });
}
