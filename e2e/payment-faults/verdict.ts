import { compareDay } from '../../delivery/reconciliation.ts';
import { dayOf } from '../../domain/time.ts';
import { readSettings, workerSchema } from '../../platform/config.ts';
import { idOf } from '../../platform/wechat-pay/number.ts';
import { createWechatPay } from '../../platform/wechat-pay.ts';
import type { PayOrder, PayRefund } from '../../sandbox/memory.ts';
import { openPayFaults } from '../../store/payments/fault.ts';
import type { System } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import type { Fate } from './payer.ts';

/** What became of the money, by our rows and by the provider's own. Empty is right. */

interface Expected {
  reservation: string;
  fate: Fate;
}

/** Until nothing of it is under way any more. */
export async function untilMoneyRests(system: System): Promise<void> {
  await until(
    async () => {
      await system.owner('payment_refund').whereNotNull('next_try_at').update({ next_try_at: new Date() });
      await system.owner('payment_order').whereNotNull('next_look_at').update({ next_look_at: new Date() });
      const moving = await system.owner('payment_refund').whereIn('status', ['wanted', 'processing']);
      const untold = await system.owner('payment_order').where({ status: 'paid', told_at: null });
      const unknown = await missingHere(system);
      if (moving.length + untold.length + unknown.length === 0) return true;
      throw new Error(`${moving.length} refunds move, ${untold.length} are untold, ${unknown.length} are unknown here`);
    },
    'the money rests',
    90,
  );
}

async function missingHere(system: System): Promise<string[]> {
  const paid = new Set(await system.owner('payment_order').where({ status: 'paid' }).pluck('id'));
  return (await atProvider(system)).orders.flatMap(({ number, paid: there }) => {
    const id = idOf(number);
    return there && id && !paid.has(id) ? [number] : [];
  });
}

export async function wrongMoney(system: System, expected: readonly Expected[], price: number): Promise<string[]> {
  const wrong: string[] = [];
  const orders = await system.owner('payment_order').where({ status: 'paid' });
  const refunds = await system.owner('payment_refund');
  const { orders: theirs, refunds: back } = await atProvider(system);

  for (const { reservation, fate } of expected) {
    const own = orders.filter((order) => order.reservation_id === reservation);
    const ids = new Set(own.map(({ id }) => id));
    const paid = sumOf(own);
    const returned = sumOf(refunds.filter(({ order_id: order }) => ids.has(order)));
    const { stage } = await system.owner('reservation').where({ id: reservation }).first('stage');
    const passes = await system.owner('pass').where({ reservation_id: reservation });
    const kept = stage === 'closed' || fate === 'pays nothing' ? 0 : price;
    if (paid - returned !== kept) wrong.push(`${fate} ${reservation}: ${paid} in, ${returned} back, ${kept} owed`);
    if (passes.length > 0 && paid < price) wrong.push(`${fate} ${reservation}: let in unpaid`);
    const cancels = fate === 'pays and cancels' || fate === 'cancels while paying';
    const wanted = fate === 'pays nothing' ? 'payment' : cancels ? 'closed' : 'visit';
    if (stage !== wanted) wrong.push(`${fate} ${reservation}: ends in ${stage}`);
  }
  for (const order of orders.filter(({ method }) => method !== 'cash')) {
    const there = theirs.filter(({ number }) => idOf(number) === order.id);
    if (there.length !== 1 || there[0]?.amount !== order.amount) wrong.push(`the provider does not know ${order.id}`);
  }
  for (const refund of refunds) {
    const there = back.filter(({ number }) => idOf(number) === refund.id);
    const isCash = refund.status === 'counter';
    if (there.length !== (isCash ? 0 : 1)) wrong.push(`${refund.id} came back ${there.length} times`);
    else if (!isCash && there[0]?.amount !== refund.amount) wrong.push(`${refund.id} came back with another amount`);
  }
  if (back.length > refunds.length) wrong.push('the provider gave back what nobody asked for');
  return wrong;
}

/** The provider's bill against our rows, to the fen. */
export async function wrongBooks(system: System): Promise<string[]> {
  const pay = createWechatPay(readSettings(workerSchema, system.env.worker));
  const day = dayOf(Date.now());
  const bill = await pay?.bill(day);
  if (!bill?.ok) return ['there is no bill'];
  await compareDay(system.owner, day, bill.lines);
  const faults = (await openPayFaults(system.owner, 100)).map((fault) => JSON.stringify(fault));
  const there = (kind: 'paid' | 'refund') => sumOf(bill.lines.filter((line) => line.kind === kind));
  const orders = await system.owner('payment_order').where({ status: 'paid' }).whereNot({ method: 'cash' });
  const refunds = await system.owner('payment_refund').where({ status: 'done' });
  if (there('paid') !== sumOf(orders)) faults.push(`${there('paid')} fen in by the bill, ${sumOf(orders)} by our rows`);
  if (there('refund') !== sumOf(refunds)) {
    faults.push(`${there('refund')} fen back by the bill, ${sumOf(refunds)} by our rows`);
  }
  return faults;
}

const sumOf = (rows: readonly { amount: number }[]): number => rows.reduce((sum, { amount }) => sum + amount, 0);

async function atProvider({ sandbox }: System): Promise<{ orders: PayOrder[]; refunds: PayRefund[] }> {
  const get = async (what: string) => (await (await fetch(`${sandbox}/inspect/pay/${what}`)).json()) as never;
  return { orders: await get('orders'), refunds: await get('refunds') };
}
