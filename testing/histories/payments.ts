import { payingOf } from '../paying.ts';
import { until } from '../until.ts';
import { wishesOf } from '../wishes.ts';
import { atRest, enterAndEnd, type Scenario, soon } from './scenario.ts';

/** Visits whose vehicle costs something. */

export const paidVisits: Scenario[] = [
  {
    name: 'fee-paid-at-the-provider',
    async play(process) {
      const visitor = await process.aVisitor();
      const paying = await payingOf(process);
      const of = await process.submit(visitor, paying.byCar(visitor, { until: soon(25_000) }));
      await process.decide(of.reservation, 'approved');
      const order = await paying.order(of);
      await atRest(process, of.reservation);
      await process.partners.pay(order.id);
      await paying.orders.look(order);
      await paying.orders.tell(of.reservation);
      await process.reaches(of.reservation, 'visit');
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
  {
    name: 'fee-unpaid-in-its-time',
    async play(process) {
      const visitor = await process.aVisitor();
      const paying = await payingOf(process);
      const of = await process.submit(visitor, paying.byCar(visitor, { until: soon(15_000) }));
      await process.decide(of.reservation, 'approved');
      await paying.order(of);
      await process.result(of.reservation);
      return process.handle(of.reservation).workflowId;
    },
  },
  {
    name: 'fee-paid-twice-then-cancelled-and-refunded',
    async play(process) {
      const visitor = await process.aVisitor();
      const paying = await payingOf(process);
      const of = await process.submit(visitor, paying.byCar(visitor, { until: soon(60_000) }));
      await process.decide(of.reservation, 'approved');
      await process.reaches(of.reservation, 'payment');
      await paying.cash(of);
      await process.reaches(of.reservation, 'visit');
      await paying.cash(of);
      await until(
        () => process.db('payment_refund').where({ reason: 'surplus', amount: 1_000 }).first(),
        'the second one goes back',
      );
      await atRest(process, of.reservation);
      await wishesOf(process).cancel(visitor, of);
      await process.result(of.reservation);
      return process.handle(of.reservation).workflowId;
    },
  },
  {
    name: 'vehicle-added-by-a-change-that-is-paid-and-left-at-home-again',
    async play(process) {
      const visitor = await process.aVisitor();
      const paying = await payingOf(process);
      const wishes = wishesOf(process);
      const window = { until: soon(40_000) };
      const of = await process.submit(visitor, window);
      await process.decide(of.reservation, 'approved');
      await process.reaches(of.reservation, 'visit');
      await wishes.change(visitor, of, paying.byCar(visitor, window));
      await process.decide(of.reservation, 'approved');
      await atRest(process, of.reservation);
      await paying.cash(of);
      await until(async () => (await process.row(of.reservation)).change_submission_id === null, 'the change stands');
      await atRest(process, of.reservation);
      await wishes.change(visitor, of, window);
      await atRest(process, of.reservation);
      return enterAndEnd(process, of.reservation);
    },
  },
];
