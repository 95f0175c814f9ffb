import type { Knex } from 'knex';
import { day, dayOf, hour } from '../domain/time.ts';
import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import type { BillLine, WechatPay } from '../platform/wechat-pay.ts';
import { type Billed, keepComparedDay, markBilled, nextDayToCompare, unbilledUntil } from '../store/payments/bill.ts';
import { recordPayFault } from '../store/payments/fault.ts';

/** The provider has the bill of a day from ten in the morning of the next one. */
const billAt = 10 * hour;

/**
 * Compares each day's money with the provider's bill, to the fen: what only one side has, and what differs, is kept until an office
 * has settled it.
 */
export function startReconciliation(
  { db, pay }: { db: Knex; pay: WechatPay },
  { log, every = 600_000 }: { log: Log; every?: number },
): Rounds {
  async function round(signal: AbortSignal): Promise<void> {
    const newest = dayOf(Date.now() - day - billAt);
    for (
      let next = await nextDayToCompare(db, newest);
      next && !signal.aborted;
      next = await nextDayToCompare(db, newest)
    ) {
      const bill = await pay.bill(next);
      if (!bill.ok && bill.fault !== 'none')
        return void log.warn({ day: next, fault: bill.fault }, 'no bill of payments');
      await compareDay(db, next, bill.ok ? bill.lines : []);
    }
  }

  return startRounds({ every, round, failure: 'payments are not compared with the bill', log });
}

/** Once more, it finds the same. */
export async function compareDay(db: Knex, of: string, lines: readonly BillLine[]): Promise<void> {
  const billed = lines.map(
    ({ kind, order, refund, amount }): Billed => ({ kind, id: kind === 'paid' ? order : (refund ?? order), amount }),
  );
  await db.transaction(async (trx) => {
    const ours = await markBilled(trx, of, billed);
    for (const { id, amount: theirs } of billed) {
      const own = ours.get(id);
      if (own === undefined) await recordPayFault(trx, { kind: 'missing_here', subject: id, day: of, theirs });
      else if (own !== theirs)
        await recordPayFault(trx, { kind: 'amounts_differ', subject: id, day: of, ours: own, theirs });
    }
    for (const { id, amount } of await unbilledUntil(trx, of)) {
      await recordPayFault(trx, { kind: 'missing_at_provider', subject: id, day: of, ours: amount });
    }
    const sum = (kind: Billed['kind']) =>
      billed.filter((line) => line.kind === kind).reduce((all, { amount }) => all + amount, 0);
    await keepComparedDay(trx, { day: of, paid: sum('paid'), refunded: sum('refund'), lines: billed.length });
  });
}
