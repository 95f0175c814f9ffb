import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { moneyOf } from '../../store/payments/account.ts';
import { feeOfSubmission } from '../../store/payments/fee.ts';
import { payingOf, price } from '../../testing/paying.ts';
import { type ProcessUnderTest, startProcess } from '../../testing/process.ts';
import type { TestVisitor } from '../../testing/process-visitor.ts';
import { livesByChance, wrongBooks } from '../../testing/random-payments.ts';
import { until } from '../../testing/until.ts';
import { on } from '../../testing/window.ts';
import { type Wish, wishesOf } from '../../testing/wishes.ts';
import { paid } from '../messages/reservation.ts';

const soon = (ms = 6_000) => new Date(Date.now() + ms);

describe.concurrent('a visit with a vehicle that costs something', () => {
  let process: ProcessUnderTest;
  let wishes: ReturnType<typeof wishesOf>;
  let paying: Awaited<ReturnType<typeof payingOf>>;
  beforeAll(async () => {
    process = await startProcess();
    wishes = wishesOf(process);
    const { owner, content } = process;
    await owner('campus').where({ id: content.campus }).update({ daily_capacity: 1_000 });
    paying = await payingOf(process);
    await process.startWorker();
    await process.forwarded();
  });
  afterAll(() => process?.stop());

  type Reserved = { reservation: string; submission: string };
  const byCar = (visitor: TestVisitor, wish: Wish): Wish => paying.byCar(visitor, wish);
  const approved = async (visitor: TestVisitor, wish: Wish) => {
    const asked = await process.submit(visitor, wish);
    return { ...asked, ...(await process.decide(asked.reservation, 'approved')) };
  };
  const pays = (of: Reserved, amount: number) => paying.cash(of, amount);
  /** What the worker asks of at its next round. */
  const asksNow = (table: 'payment_order' | 'payment_refund', column: string, of: Reserved) =>
    process
      .owner(table)
      .whereNotNull(column)
      .whereIn(
        table === 'payment_order' ? 'id' : 'order_id',
        process.owner('payment_order').where({ reservation_id: of.reservation }).select('id'),
      )
      .update({ [column]: new Date() });
  const refunds = ({ reservation }: Reserved) =>
    process
      .db('payment_refund as f')
      .join('payment_order as o', 'o.id', 'f.order_id')
      .where({ 'o.reservation_id': reservation })
      .orderBy('f.wanted_at')
      .select('f.amount', 'f.reason', 'f.status');
  const kinds = ({ reservation }: Reserved): Promise<string[]> =>
    process.db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']).pluck('kind');
  const passes = ({ reservation }: Reserved): Promise<(Date | null)[]> =>
    process.db('pass').where({ reservation_id: reservation }).orderBy('version').pluck('revoked_at');
  const hears = ({ reservation }: Reserved, kind: string) =>
    until(
      () => process.db('message').where({ reservation_id: reservation, kind, status: 'sent' }).first(),
      `told of ${kind}`,
    );

  it('waits for the fee, says so, and has its pass once it is paid', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, on(2)));
    expect(of.answer).toMatchObject({ ok: true, stage: 'payment' });
    const row = await process.reaches(of.reservation, 'payment');
    expect(row.stage_until.getTime()).toBeLessThanOrEqual(Date.now() + 24 * 3_600_000);
    expect(await feeOfSubmission(process.db, of.submission)).toBe(price);
    await hears(of, 'payment_due');
    expect(await passes(of)).toEqual([]);
    await pays(of, price - 1);
    await pays(of, 1);
    await process.reaches(of.reservation, 'visit');
    await hears(of, 'approved');
    expect(await passes(of)).toEqual([null]);
    expect(await kinds(of)).toEqual(['submitted', 'approved', 'payment_asked', 'paid', 'pass_issued']);
  });

  it('without a vehicle, or with one that is free, asks for nothing', async () => {
    const visitor = await process.aVisitor();
    const onFoot = await approved(visitor, on(2));
    expect(onFoot.answer).toMatchObject({ ok: true, stage: 'pass' });
    const other = await process.aVisitor();
    const people = [{ ...other.profile, plate: '京AD12345' }];
    expect((await approved(other, { ...on(2), people })).answer).toMatchObject({ ok: true, stage: 'pass' });
  });

  it('is over where it was not paid in time, and its visitor is told so', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, { until: soon() }));
    expect(of.answer).toMatchObject({ stage: 'payment' });
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'expired' });
    expect((await kinds(of)).slice(-2)).toEqual(['payment_lapsed', 'expired']);
    await hears(of, 'expired');
    const text = (await process.partners.sms(visitor.phone)).map((one) => one.text).join();
    expect(text).toContain('已逾期失效');
  });

  it('goes on by a payment that no notice told of, and gives it back at the provider when it is cancelled, once', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, on(2)));
    const order = await paying.order(of);
    expect(await process.partners.pay(order.id)).toBe('ok');
    await asksNow('payment_order', 'next_look_at', of);
    await process.reaches(of.reservation, 'visit');
    await wishes.cancel(visitor, of);
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'cancelled' });
    await until(async () => {
      await asksNow('payment_refund', 'next_try_at', of);
      return (await refunds(of))[0]?.status === 'done';
    }, 'the refund is done');
    const number = order.id.replaceAll('-', '');
    const atProvider = (await process.partners.refunds()).filter((refund) => refund.order === number);
    expect(atProvider.map(({ amount }) => amount)).toEqual([price]);
  });

  it('is not over where it was paid in the last moment: the provider is asked before', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, { until: soon(12_000) }));
    const order = await paying.order(of);
    await process.owner('payment_order').where({ id: order.id }).update({ next_look_at: null });
    expect(await process.partners.pay(order.id)).toBe('ok');
    await process.result(of.reservation);
    expect(await kinds(of)).toEqual(expect.arrayContaining(['paid', 'pass_issued']));
    expect(await kinds(of)).not.toContain('payment_lapsed');
  });

  it('gives everything back when it is cancelled, once', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, on(2)));
    await pays(of, price);
    await process.reaches(of.reservation, 'visit');
    await wishes.cancel(visitor, of);
    expect(await process.result(of.reservation)).toMatchObject({ outcome: 'cancelled' });
    expect(await refunds(of)).toEqual([{ amount: price, reason: 'ended', status: 'counter' }]);
    expect(await moneyOf(process.db, of.reservation)).toEqual({ kept: 0, movements: 2 });
  });

  it('gives a double payment back while the visit stands', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, on(2)));
    await pays(of, price);
    await pays(of, price);
    await until(async () => (await refunds(of)).length > 0, 'the second one goes back');
    expect(await refunds(of)).toEqual([{ amount: price, reason: 'surplus', status: 'counter' }]);
    expect(await process.reaches(of.reservation, 'visit')).toBeTruthy();
  });

  it('has no pass by a word that nobody of ours said: rows prove the payment', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, on(2)));
    await process.handle(of.reservation).signal(paid, { kept: price, movements: 1 });
    await until(
      () => process.db('visit_fault').where({ reservation_id: of.reservation, detail: 'unpaid' }).first(),
      'an admin sees it',
    );
    expect(await passes(of)).toEqual([]);
  });

  it('that gets a vehicle by a change holds as it is until the difference is paid', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, on(2));
    await process.reaches(of.reservation, 'visit');
    const { submission } = await wishes.change(visitor, of, byCar(visitor, on(2)));
    const granted = await process.decide(of.reservation, 'approved');
    expect(granted.answer).toMatchObject({ ok: true, stage: 'visit' });
    await hears(of, 'payment_due');
    expect(await process.row(of.reservation)).toMatchObject({ change_submission_id: submission });
    expect(await passes(of)).toEqual([null]);
    await pays(of, price);
    await hears(of, 'changed');
    expect(await process.row(of.reservation)).toMatchObject({ change_submission_id: null, submission_id: submission });
    expect(await passes(of)).toHaveLength(2);
  });

  it('that leaves its vehicle at home before it paid needs to pay nothing; after it paid, gets it back', async () => {
    const visitor = await process.aVisitor();
    const of = await approved(visitor, byCar(visitor, on(2)));
    await process.reaches(of.reservation, 'payment');
    await wishes.change(visitor, of, on(2));
    await process.reaches(of.reservation, 'visit');
    const other = await process.aVisitor();
    const paidFor = await approved(other, byCar(other, on(2)));
    await pays(paidFor, price);
    await process.reaches(paidFor.reservation, 'visit');
    await wishes.change(other, paidFor, on(2));
    await until(async () => (await refunds(paidFor)).length > 0, 'it goes back');
    expect(await refunds(paidFor)).toEqual([{ amount: price, reason: 'shortened', status: 'counter' }]);
  });

  const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
  it.each(seeds)(
    'keeps what is owed and gives back the rest in whatever order money comes, by chance %i',
    async (seed) => {
      expect(wrongBooks(await livesByChance(process, paying, seed))).toEqual([]);
    },
  );
});
