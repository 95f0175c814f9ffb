import { createPrivateKey, randomUUID } from 'node:crypto';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareDay } from '../../delivery/reconciliation.ts';
import { dayOf } from '../../domain/time.ts';
import { numberOf } from '../../platform/wechat-pay/number.ts';
import { payNoticePath } from '../../platform/wechat-pay.ts';
import type { PayOrder } from '../../sandbox/memory.ts';
import { seal, signedHeaders } from '../../sandbox/pay/seal.ts';
import { staffBrowser } from '../../testing/staff-browser.ts';
import { type System, startSystem } from '../../testing/system.ts';
import { until } from '../../testing/until.ts';
import { VisitorBrowser } from '../../testing/visitor-browser.ts';

/** From the office's table of fees to the receipt, as browsers and WeChat Pay go through it. */

let system: System;
let admin: Awaited<ReturnType<typeof staffBrowser>>;
let approver: typeof admin;
let campus: string;
beforeAll(async () => {
  system = await startSystem({ start: ['sandbox', 'worker', 'web'] });
  [admin, approver] = await Promise.all([staffBrowser(system.web, 'admin'), staffBrowser(system.web, 'approver')]);
  campus = (await system.db('campus').first('id')).id;
});
afterAll(() => system?.stop());

const phone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1';
const price = 1_000;
const fees = {
  version: '0',
  personal_ordinary: '10',
  personal_new_energy: '5.5',
  personal_special: '',
  official_ordinary: '0',
  official_new_energy: '0',
  official_special: '0',
  per: 'visit',
  pay_within: '24',
  refunds_shorter: 'on',
};
const publish = (form: Record<string, string>, agent = admin) =>
  agent.post(`/admin/content/campuses/${campus}/fees`).type('form').send(form);

/** Submitted by car and approved: the fee is due. */
async function toPay(visitor: VisitorBrowser): Promise<string> {
  const form = { ...(await visitor.visitForm()), plate: '京A12345' };
  const answer = await visitor.post('/reservations', form).expect(303);
  const reservation = String(answer.headers.location).split('/').at(-1) ?? '';
  const task = await until(() => system.db('task').where({ reservation_id: reservation }).first(), 'a task');
  const decision = { request: randomUUID(), verdict: 'approved' };
  await approver.post(`/inbox/${task.id}/decision`).type('form').send(decision).expect(303);
  await reaches(reservation, 'payment');
  return reservation;
}
const reaches = (id: string, stage: string) =>
  until(async () => (await system.db('reservation').where({ id, stage }).first()) !== undefined, stage);
const order = (visitor: VisitorBrowser, reservation: string, method: string) =>
  visitor.post(`/reservations/${reservation}/payment/orders`, { method });
const rows = (reservation: string) =>
  system.db('payment_order').where({ reservation_id: reservation }).orderBy('opened_at');
const atProvider = async (id: string): Promise<PayOrder | undefined> =>
  (await supertest(system.sandbox).get('/inspect/pay/orders').expect(200)).body.find(
    ({ number }: PayOrder) => number === numberOf(id),
  );
const pays = async (id: string) =>
  expect((await supertest(system.sandbox).post('/inspect/pay/payments').send({ order: id })).body.result).toBe('ok');
const main = async (visitor: VisitorBrowser, path: string) => (await visitor.page(path))('main').text();

describe('the table of fees', () => {
  test('is kept as it was typed where something is wrong, and published in versions, each after the one that was seen', async () => {
    const typed = { ...fees, personal_ordinary: '10.555', official_special: '1001', pay_within: '200', per: '' };
    const $ = load((await publish(typed).expect(422)).text);
    const errors = $('.field__error')
      .map((_, one) => $(one).attr('id')?.slice(6, -6))
      .get();
    expect(errors.toSorted()).toEqual(['official_special', 'pay_within', 'per', 'personal_ordinary']);
    expect(['personal_ordinary', 'pay_within'].map((name) => $(`[name=${name}]`).val())).toEqual(['10.555', '200']);
    expect($('[name=refunds_shorter]').attr('checked')).toBeDefined();
    expect(await system.db('fee_table').select()).toEqual([]);

    await publish(fees).expect(303);
    await publish(fees).expect(303);
    expect(await system.db('fee_table').pluck('version')).toEqual([1]);
    const stale = load((await publish({ ...fees, personal_ordinary: '20' }).expect(409)).text);
    expect(stale('[name=personal_ordinary]').val()).toBe('20');
    expect(stale('main').text()).toContain('现为 10.00');
    await publish({ ...fees, version: '1', personal_special: '0' }).expect(303);
    await publish({ ...fees, version: '0', official_ordinary: '1' }).expect(409);
    expect((await system.db('fee_table').first()).document.amounts.personal.new_energy).toBe(550);
    const audit = await system.db('audit').where({ action: 'content_changed', subject_id: campus }).pluck('detail');
    expect(audit).toEqual([{ kind: 'fees', version: 1 }]);
  });

  test('is the business of admins alone', async () => {
    const others = [approver, await staffBrowser(system.web, 'security'), await staffBrowser(system.web, 'auditor')];
    const pages = [`/admin/content/campuses/${campus}/fees`, '/admin/payments'];
    for (const other of others) {
      for (const path of pages) await other.get(path).expect(404);
      await publish(fees, other).expect(404);
      await other.post(`/admin/payments/refunds/${randomUUID()}/payouts`).expect(404);
      await other.post('/admin/payments/faults/settlements').expect(404);
    }
    for (const path of pages) await supertest(system.web).get(path).expect(303);
    await admin.get(`/admin/content/campuses/${randomUUID()}/fees`).expect(404);
  });
});

describe('a visitor who comes by car', () => {
  test('reads what it costs before anything is submitted, and pays by the way that the browser has', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const form = await visitor.page('/reservations/new?channel=personal');
    expect(form('#fees-hint').text()).toContain('普通牌照 ¥10.00/次');
    expect(form('#fees-hint').text()).toContain('新能源牌照 ¥5.50/次');
    expect((await visitor.page('/reservations/new?channel=official'))('#fees-hint').length).toBe(0);

    const reservation = await toPay(visitor);
    const base = `/reservations/${reservation}`;
    expect(await main(visitor, base)).toContain('去缴费 ¥10.00');
    const offered = async (agent?: string) => {
      const asked = visitor.agent.get(`${base}/payment`).expect(200);
      const $ = load((await (agent ? asked.set('User-Agent', agent) : asked)).text);
      return $('button[name=method]')
        .map((_, one) => $(one).attr('value'))
        .get();
    };
    expect(await offered()).toEqual(['native']);
    expect(await offered(phone)).toEqual(['h5', 'native']);
    // Whom WeChat did not name to us cannot pay within it.
    expect(await offered(`${phone} MicroMessenger/8.0`)).toEqual(['native']);
    await order(visitor, reservation, 'jsapi').expect(404);
    await order(visitor, reservation, 'cash').expect(404);
    await visitor.page(`${base}/payment/receipt`, 404);

    const placed = await order(visitor, reservation, 'native').expect(303);
    expect((await order(visitor, reservation, 'native').expect(303)).headers.location).toBe(placed.headers.location);
    const at = String(placed.headers.location);
    const code = await visitor.page(at);
    expect(code('.qr svg').length).toBe(1);
    expect(code('main').text()).toContain('¥10.00');
    await visitor.agent.get(at).set('HX-Request', 'true').expect(204);

    // Another way to pay closes the one before it.
    const other = await visitor.post(`${base}/payment/orders`, { method: 'h5' }).set('User-Agent', phone).expect(303);
    const [native, h5] = await rows(reservation);
    expect([native.status, h5.status, (await atProvider(native.id))?.state]).toEqual(['closed', 'open', 'CLOSED']);
    expect((await visitor.agent.get(at).expect(303)).headers.location).toBe(`${base}/payment`);
    const leads = (await visitor.page(String(other.headers.location)))('main a.weui-btn_primary').attr('href') ?? '';
    expect(new URL(leads).searchParams.get('redirect_url')).toBe(`${system.web}${other.headers.location}`);

    // The cashier's one button, as on a phone.
    const cashier = await fetch(leads, { headers: { referer: system.web, 'user-agent': phone } });
    const action = load(await cashier.text())('form').attr('action') ?? '';
    const pay = { method: 'POST', body: new URLSearchParams({ act: 'pay' }), redirect: 'manual' } as const;
    const done = await fetch(new URL(action, leads), pay);
    expect(done.headers.get('location')).toBe(`${system.web}${other.headers.location}`);
    await reaches(reservation, 'visit');
    const left = await visitor.agent.get(String(other.headers.location)).set('HX-Request', 'true').expect(204);
    expect(left.headers['hx-redirect']).toBe(`${base}/payment`);
    expect(await main(visitor, `${base}/payment`)).toContain('已缴费 ¥10.00');
    expect(await main(visitor, base)).toContain('车辆费用与凭据');
    const receipt = await main(visitor, `${base}/payment/receipt`);
    expect(receipt).toContain('¥10.00');
    expect(receipt).toContain(numberOf(h5.id));
    await until(() => system.db('pass').where({ reservation_id: reservation }).first(), 'the pass');

    const stranger = await new VisitorBrowser(system).settle();
    for (const path of ['', '/receipt', `/orders/${h5.id}`]) await stranger.page(`${base}/payment${path}`, 404);
    await order(stranger, reservation, 'native').expect(404);

    // Cancelled, it goes back the way it came, and the page says when.
    await visitor.post(`${base}/cancellation`, { key: randomUUID() }).expect(303);
    const back = () => system.db('payment_refund').where({ order_id: h5.id, status: 'done' }).first();
    const refund = await until(back, 'the money is back');
    expect(refund.amount).toBe(price);
    const { body: refunds } = await supertest(system.sandbox).get('/inspect/pay/refunds').expect(200);
    expect(refunds.find(({ number }: { number: string }) => number === numberOf(refund.id)).reason).toBe(
      '来访取消或未成行',
    );
    const said = await main(visitor, `${base}/payment`);
    expect(said).toContain('来访取消或未成行');
    expect(said).toMatch(/已于 .*退回/);
    expect((await atProvider(h5.id))?.state).toBe('REFUND');
  });

  test('within WeChat has its own cashier, called with what the merchant signed', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const { body } = await supertest(system.sandbox).post('/inspect/people').send({ nickname: '小满' });
    const owner = { phone_hash: system.index('phone', visitor.phone) };
    const { id } = await system.db('visitor').where(owner).first('id');
    await system
      .db('visitor')
      .where({ id })
      .update({
        openid_enc: system.cipher.seal({ table: 'visitor', column: 'openid_enc', row: id }, body.openid),
        openid_hash: system.index('openid', body.openid),
      });
    const reservation = await toPay(visitor);
    visitor.agent.set('User-Agent', `${phone} MicroMessenger/8.0`);
    const placed = await order(visitor, reservation, 'jsapi').expect(303);
    const button = (await visitor.page(String(placed.headers.location)))('#pay');
    expect(button.attr('data-app-id')).toBe(system.env.web.WECHAT_APP_ID);
    expect(button.attr('data-package')).toMatch(/^prepay_id=/);
    expect(button.attr('data-sign-type')).toBe('RSA');
    const [made] = await rows(reservation);
    expect((await atProvider(made.id))?.openid).toBe(body.openid);
    await pays(made.id);
    await reaches(reservation, 'visit');
  });

  test('is told that WeChat Pay says nothing, and keeps the visit', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const reservation = await toPay(visitor);
    await supertest(system.sandbox).post('/inspect/faults').send({ target: 'pay.open', mode: 'error', times: 1 });
    const refused = await order(visitor, reservation, 'native').expect(503);
    expect(load(refused.text)('[role=alert]').text()).toContain('微信支付暂时没有响应');
    await order(visitor, reservation, 'native').expect(303);
    expect(await rows(reservation)).toHaveLength(1);
  });

  test('pays after all where an answer was lost and the next try comes from another network', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const reservation = await toPay(visitor);
    await supertest(system.sandbox).post('/inspect/faults').send({ target: 'pay.open', mode: 'lose', times: 1 });
    const onPhone = () => order(visitor, reservation, 'h5').set('User-Agent', phone);
    await onPhone().expect(503);
    await onPhone().set('X-Forwarded-For', '10.9.8.7').expect(303);
    const [lost, made] = await rows(reservation);
    expect([lost.status, (await atProvider(lost.id))?.state, made.status]).toEqual(['closed', 'CLOSED', 'open']);
    await pays(made.id);
    await reaches(reservation, 'visit');
  });
});

describe('money that goes back', () => {
  /** Paid by a code, then cancelled while the provider's refunds are as they are. */
  async function cancelled(): Promise<string> {
    const visitor = await new VisitorBrowser(system).settle();
    const reservation = await toPay(visitor);
    await order(visitor, reservation, 'native').expect(303);
    const [made] = await rows(reservation);
    await pays(made.id);
    await reaches(reservation, 'visit');
    await visitor.post(`/reservations/${reservation}/cancellation`, { key: randomUUID() }).expect(303);
    return made.id;
  }
  const refunds = (mode: string) =>
    supertest(system.sandbox).post('/inspect/faults').send({ target: 'pay.refund', mode }).expect(200);
  /** The worker has asked the provider once at least. */
  const asked = (of: string) =>
    until(() => system.db('payment_refund').where({ order_id: of }).where('tries', '>', 0).first(), 'it is asked for');
  const refundOf = async (of: string, holds: object) => {
    await until(
      () =>
        system
          .db('payment_refund')
          .where({ order_id: of, ...holds })
          .first(),
      JSON.stringify(holds),
    );
    return system.owner('payment_refund').where({ order_id: of });
  };

  test('waits for settings that are wrong, is shown as late, and goes back with one number; what cannot be goes to the office', async () => {
    // No right to refund, as with a certificate that has ended.
    await refunds('refuse');
    const of = await cancelled();
    const waiting = await asked(of);
    expect(waiting).toMatchObject({ status: 'wanted', next_try_at: expect.any(Date) });
    const section = async () =>
      load((await admin.get('/admin/payments').expect(200)).text)('[aria-labelledby=refunds-title]').text();
    expect(await section()).not.toContain('尚未由微信支付完成');
    await system
      .owner('payment_refund')
      .where({ order_id: of })
      .update({ wanted_at: new Date(Date.now() - 7_200_000) });
    expect(await section()).toContain('1 笔退款尚未由微信支付完成');
    const called = load((await admin.get('/admin/faults').expect(200)).text);
    expect(called('[aria-labelledby=money] a[href="/admin/payments"]').text()).toContain('1 笔退款逾期未完成');
    await refunds('none');
    await system.owner('payment_refund').where({ order_id: of }).update({ next_try_at: new Date() });
    expect(await refundOf(of, { status: 'done' })).toHaveLength(1);
    const { body } = await supertest(system.sandbox).get('/inspect/pay/refunds').expect(200);
    const numbers = body.filter(({ order: its }: { order: string }) => its === numberOf(of));
    expect(numbers).toMatchObject([{ number: numberOf(waiting.id), state: 'SUCCESS' }]);
    expect(await section()).not.toContain('尚未由微信支付完成');

    // As a refund of more than is left of the order: refused for good.
    await refunds('busy');
    const spent = await cancelled();
    await asked(spent);
    // Its try is over then, and no other begins before the row and the provider are as they should be.
    await system.parts.worker.stop();
    await system
      .owner('payment_refund')
      .where({ order_id: spent })
      .update({ amount: price + 1, next_try_at: new Date() });
    await refunds('none');
    await system.parts.worker.start();
    await refundOf(spent, { status: 'abnormal', next_try_at: null });
    // Out of the way of other tests.
    await system
      .owner('payment_refund')
      .where({ order_id: spent })
      .update({ amount: price, status: 'counter', done_at: new Date() });
  });

  test('is handed over again, with its number, where the provider does not know it after all', async () => {
    await refunds('busy');
    const of = await cancelled();
    await asked(of);
    await refunds('none');
    await system
      .owner('payment_refund')
      .where({ order_id: of })
      .update({ status: 'processing', next_try_at: new Date() });
    await refundOf(of, { status: 'done' });
  });
});

describe('a notice', () => {
  /** As WeChat Pay sends it, with what a forger would change. */
  async function notice(
    id: string,
    inside: Record<string, unknown> = {},
    { event = randomUUID(), spoil = (headers: Record<string, string>) => headers } = {},
  ) {
    const { WECHAT_PAY_API_V3_KEY: apiKey = '', WECHAT_PAY_PUBLIC_KEY_ID: serial = '' } = system.env.sandbox;
    const transaction = {
      mchid: system.env.sandbox.WECHAT_PAY_MERCHANT_ID,
      appid: system.env.sandbox.WECHAT_APP_ID,
      out_trade_no: numberOf(id),
      transaction_id: `42${event.replaceAll('-', '').slice(0, 26)}`,
      trade_state: 'SUCCESS',
      success_time: new Date().toISOString(),
      amount: { total: price, currency: 'CNY' },
      ...inside,
    };
    const resource = seal(apiKey, JSON.stringify(transaction), 'transaction');
    const body = JSON.stringify({ id: event, event_type: 'TRANSACTION.SUCCESS', resource });
    const key = createPrivateKey(String(system.env.sandbox.SANDBOX_PAY_KEY));
    const headers = spoil(signedHeaders({ serial, key }, body));
    const sent = supertest(system.web).post(payNoticePath).set(headers).set('Content-Type', 'application/json');
    return (await sent.send(body)).status;
  }

  test('that is not signed for us, or is about another merchant, app or amount, pays nothing; the right one does, once', async () => {
    const visitor = await new VisitorBrowser(system).settle();
    const reservation = await toPay(visitor);
    await order(visitor, reservation, 'native').expect(303);
    const [open] = await rows(reservation);
    const signature = 'Wechatpay-Signature';
    const refused = [
      await notice(open.id, {}, { spoil: (of) => ({ ...of, [signature]: `A${of[signature]?.slice(1)}` }) }),
      await notice(open.id, {}, { spoil: (of) => ({ ...of, [signature]: `WECHATPAY/SIGNTEST/${of[signature]}` }) }),
      await notice(open.id, {}, { spoil: (of) => ({ ...of, 'Wechatpay-Timestamp': '1700000000' }) }),
      await notice(open.id, { mchid: '1900000110' }),
      await notice(open.id, { appid: 'wxanother' }),
      await notice(open.id, { amount: { total: price, currency: 'USD' } }),
    ];
    expect(refused).toEqual([401, 401, 401, 401, 401, 401]);
    // It is WeChat Pay's own word, and yet not what was asked: nobody is let in for it, and the office sees it.
    expect(await notice(open.id, { amount: { total: price - 1, currency: 'CNY' } })).toBe(204);
    expect(await notice(randomUUID())).toBe(204);
    expect(await system.db('payment_fault').orderBy('kind').pluck('kind')).toEqual(['other_amount', 'unknown_order']);
    expect(await rows(reservation)).toEqual([expect.objectContaining({ status: 'open' })]);

    const event = randomUUID();
    const twice = await Promise.all([notice(open.id, {}, { event }), notice(open.id, {}, { event })]);
    expect([...twice, await notice(open.id, {}, { event }), await notice(open.id)]).toEqual([204, 204, 204, 204]);
    await reaches(reservation, 'visit');
    expect(await rows(reservation)).toEqual([expect.objectContaining({ status: 'paid', amount: price })]);
    expect(await system.db('payment_refund').where({ order_id: open.id })).toEqual([]);
  });
});

describe('the office', () => {
  test('sees each day beside the bill, settles what differs, and pays out what cannot go back by itself', async () => {
    const { before } = await system.db('audit').first(system.db.raw('max(id) as before'));
    const paid = await system.db('payment_order').where({ status: 'paid' }).orderBy('opened_at');
    const [right, wrong, ...others] = paid;
    const line = { kind: 'paid', transaction: '42', at: new Date() } as const;
    const today = dayOf(Date.now());
    await compareDay(system.db, today, [
      { ...line, order: right.id, amount: price },
      { ...line, order: wrong.id, amount: price + 1 },
      ...others.map(({ id, amount }) => ({ ...line, order: id, amount })),
    ]);
    const { id: one } = await system.owner('payment_refund').where({ status: 'done' }).first('id');
    const [refund] = await system
      .owner('payment_refund')
      .where({ id: one })
      .update({ status: 'abnormal', done_at: null, next_try_at: null })
      .returning('id');
    const look = async () => load((await admin.get('/admin/payments').expect(200)).text);
    const $ = await look();
    const list = (section: string) => $(`[aria-labelledby=${section}]`);
    expect(list('days-title').find('tbody tr').text()).toContain(today);
    const differs = list('faults-title').find(`form:has(input[value="amounts_differ"])`);
    expect(differs.text()).toContain('本系统 10.00，微信 10.01');
    expect(differs.find('input[name=subject]').val()).toBe(wrong.id);

    const settle = { kind: 'amounts_differ', subject: wrong.id };
    const settled = () => admin.post('/admin/payments/faults/settlements').type('form').send(settle).expect(303);
    expect([(await settled()).headers.location, (await settled()).headers.location]).toEqual([
      '/admin/payments?saved',
      '/admin/payments',
    ]);
    expect(list('refunds-title').find('form').attr('action')).toBe(`/admin/payments/refunds/${refund.id}/payouts`);
    const payOut = () => admin.post(`/admin/payments/refunds/${refund.id}/payouts`).expect(303);
    expect([(await payOut()).headers.location, (await payOut()).headers.location]).toEqual([
      '/admin/payments?saved',
      '/admin/payments',
    ]);
    const now = await look();
    expect(now('section[aria-labelledby=faults-title] form').length).toBe(list('faults-title').find('form').length - 1);
    expect(now('section[aria-labelledby=refunds-title] form').length).toBe(0);
    const acts = ['payments_viewed', 'payment_fault_settled', 'refund_paid_out'];
    const audit = await system.db('audit').whereIn('action', acts).where('id', '>', before).pluck('action');
    expect(acts.map((act) => audit.filter((one) => one === act).length)).toEqual([2, 1, 1]);
  });
});
