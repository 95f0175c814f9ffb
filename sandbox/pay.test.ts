import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readSettings, wechatPaySchema } from '../platform/config.ts';
import {
  createWechatPay,
  type OpenOrder,
  type PayFailure,
  type PayNotice,
  payNoticePath,
  type WechatPay,
} from '../platform/wechat-pay.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { until } from '../testing/until.ts';
import { startSandbox } from './start.ts';

/** Our side of WeChat Pay against its stand-in, over real connections; every call of ours in both ways of checking. */

let partners: TestPartners;
let openid: string;
let certificate: string;
let site: { url: string; heard: (PayNotice & { id?: string })[]; answers: Map<string, number[]>; close(): void };
let reader: WechatPay;

const today = () => new Date(Date.now() + 8 * 3600_000).toISOString().slice(0, 10);
const get = async <T>(path: string) => (await (await fetch(partners.url + path)).json()) as T;
const post = (path: string, body: unknown) =>
  fetch(partners.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

function connect(changes: Record<string, string> = {}): WechatPay {
  const pay = createWechatPay(readSettings(wechatPaySchema, { ...partners.env, PUBLIC_URL: site.url, ...changes }));
  if (!pay) throw new Error('no merchant');
  return pay;
}
const byCertificate = (pem = certificate) =>
  connect({ WECHAT_PAY_PUBLIC_KEY_ID: '', WECHAT_PAY_PUBLIC_KEY: '', WECHAT_PAY_CERTIFICATES: pem });

/** Takes notifications as the site will: raw bytes, checked, 204; else 401 and the provider comes again. */
async function openSite() {
  const heard: PayNotice[] = [];
  /** Of an order, in place of what is right. */
  const answers = new Map<string, number[]>();
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const notice = reader.readNotice(request.headers, Buffer.concat(parts));
    heard.push(notice);
    const wanted = notice.ok ? answers.get(notice.order)?.shift() : undefined;
    response.writeHead(wanted ?? (request.url === payNoticePath && notice.ok ? 204 : 401)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, heard, answers, close: () => server.close() };
}

beforeAll(async () => {
  site = await openSite();
  partners = await testPartners(site.url, { SANDBOX_PAY_HASTE: '500' });
  ({ openid } = await partners.person({ nickname: '车主' }));
  const { certificates } = await get<{ certificates: { pem: string }[] }>('/inspect/pay/certificates');
  certificate = certificates[0]?.pem ?? '';
  reader = connect({ WECHAT_PAY_CERTIFICATES: certificate });
});
afterAll(async () => {
  await partners.stop();
  site.close();
});
beforeEach(async () => {
  site.heard.length = 0;
  const targets = ['open', 'query', 'close', 'refund', 'bill', 'notice', 'outcome'];
  for (const target of targets) await partners.fault(`pay.${target}`, 'none');
});

const order = (changes: Partial<OpenOrder> = {}): OpenOrder =>
  ({
    id: randomUUID(),
    amount: 500,
    description: '车辆通行费',
    payBy: new Date(Date.now() + 15 * 60_000),
    method: 'jsapi',
    openid,
    ...changes,
  }) as OpenOrder;
const native = (changes: Partial<OpenOrder> = {}): OpenOrder => {
  const { openid: _nobody, ...rest } = order(changes) as OpenOrder & { openid?: string };
  return { ...rest, method: 'native' } as OpenOrder;
};
async function paid(pay: WechatPay, changes: Partial<OpenOrder> = {}): Promise<OpenOrder> {
  const one = order(changes);
  expect(await pay.open(one)).toMatchObject({ ok: true });
  expect(await partners.pay(one.id)).toBe('ok');
  return one;
}
const heardOf = (id: string) => site.heard.filter((one) => one.ok && one.order === id);
const number = (id: string) => id.replaceAll('-', '');

describe.each([
  { mode: 'the public key', client: () => connect() },
  { mode: 'a platform certificate', client: () => byCertificate() },
])('by $mode', ({ client }) => {
  it('an order is opened, paid by who opened it, asked for, and cannot be closed any more', async () => {
    const pay = client();
    const one = order();
    const first = await pay.open(one);
    expect(first).toMatchObject({ ok: true, prepay: expect.stringMatching(/^wx\w{34}$/) });
    expect(await pay.query(one.id)).toEqual({ ok: true, state: 'unpaid' });
    // The same again, after a lost answer for example, is the same order; with other values it is refused.
    expect(await pay.open(one)).toEqual(first);
    expect(await pay.open({ ...one, amount: 501 })).toMatchObject({ fault: 'used', retry: false });
    expect(await partners.pay(one.id)).toBe('ok');
    expect(await partners.pay(one.id)).toBe('gone');
    expect(await pay.query(one.id)).toEqual({
      ok: true,
      state: 'paid',
      paid: { transaction: expect.stringMatching(/^42\d{26}$/), amount: 500, at: expect.any(Date), openid },
    });
    expect(await pay.close(one.id)).toMatchObject({ fault: 'paid' });
    expect(await pay.open(one)).toMatchObject({ fault: 'paid' });
    await until(() => heardOf(one.id).length > 0, 'the site is told');
    expect(heardOf(one.id)[0]).toMatchObject({ what: 'paid', amount: 500, openid });
  });

  it('what is closed, or not paid in time, is paid by nobody', async () => {
    const pay = client();
    const [one, late] = [order(), order()];
    for (const each of [one, late]) await pay.open(each);
    expect(await pay.close(one.id)).toEqual({ ok: true });
    expect(await pay.close(one.id)).toEqual({ ok: true });
    await partners.expireOrder(late.id);
    for (const { id } of [one, late]) {
      expect(await pay.query(id)).toEqual({ ok: true, state: 'closed' });
      expect(await partners.pay(id)).toBe('gone');
    }
    expect(await pay.open(late)).toMatchObject({ fault: 'closed' });
    const unknown = randomUUID();
    expect(await pay.query(unknown)).toMatchObject({ fault: 'none' });
    expect(await pay.close(unknown)).toMatchObject({ fault: 'none' });
  });

  it('money goes back once a number, never more than was paid, and the site is told', async () => {
    const pay = client();
    const one = await paid(pay);
    const back = {
      id: randomUUID(),
      order: one.id,
      amount: 200,
      total: 500,
      reason: '来访缩短，退还部分车辆通行费，请以微信为准',
    };
    expect(await pay.findRefund(back.id)).toMatchObject({ fault: 'none' });
    expect(await pay.refund(back)).toEqual({ ok: true, state: 'processing' });
    expect(await pay.refund(back)).toMatchObject({ ok: true });
    expect(await pay.refund({ ...back, amount: 201 })).toMatchObject({ fault: 'refused', code: 'INVALID_REQUEST' });
    expect(await pay.refund({ ...back, id: randomUUID(), amount: 301 })).toMatchObject({ fault: 'refused' });
    expect(await pay.refund({ ...back, id: randomUUID(), total: 499 })).toMatchObject({ fault: 'refused' });
    const heard = await until(
      () => site.heard.find((each) => each.ok && each.what === 'refund' && each.refund === back.id),
      'the site is told',
    );
    expect(heard).toMatchObject({ order: one.id, amount: 200, state: 'done' });
    expect(await pay.findRefund(back.id)).toEqual({ ok: true, state: 'done', at: expect.any(Date) });
    expect(await pay.query(one.id)).toMatchObject({ state: 'refunded', paid: { amount: 500 } });
    expect((await partners.refunds()).filter((each) => each.order === number(one.id))).toHaveLength(1);
  });

  it('an answer that is not properly signed is not believed, whatever it says', async () => {
    const pay = client();
    const one = await paid(pay);
    const unpaid = order();
    await pay.open(unpaid);
    for (const mode of ['unsigned', 'forged', 'probe', 'stale']) {
      const notKnown = { ok: false, fault: 'unsigned', retry: true };
      await partners.fault('pay.query', mode, 2);
      expect(await pay.query(one.id)).toMatchObject(notKnown);
      expect(await pay.query(randomUUID())).toMatchObject(notKnown);
      await partners.fault('pay.close', mode, 2);
      // An empty answer is signed too, and so is a refusal.
      expect(await pay.close(unpaid.id)).toMatchObject(notKnown);
      expect(await pay.close(one.id)).toMatchObject(notKnown);
      await partners.fault('pay.refund', mode, 1);
      const back = { id: randomUUID(), order: one.id, amount: 100, total: 500, reason: '取消' };
      expect(await pay.refund(back)).toMatchObject(notKnown);
      // It was done nevertheless: the same number says so.
      expect(await pay.refund(back)).toMatchObject({ ok: true });
    }
  });

  it('an answer about somebody else’s order or refund is none of ours', async () => {
    const pay = client();
    const one = await paid(pay);
    await partners.fault('pay.query', 'foreign', 2);
    expect(await pay.query(one.id)).toMatchObject({ fault: 'not_ours' });
    const back = { id: randomUUID(), order: one.id, amount: 100, total: 500, reason: '取消' };
    await partners.fault('pay.refund', 'foreign', 1);
    expect(await pay.refund(back)).toMatchObject({ fault: 'not_ours' });
    expect(await pay.findRefund(back.id)).toMatchObject({ fault: 'not_ours' });
    expect(await pay.findRefund(back.id)).toMatchObject({ ok: true });
    // Nor is one about another sum; of an order the caller knows what it is.
    await partners.fault('pay.refund', 'sum', 1);
    expect(await pay.refund(back)).toMatchObject({ fault: 'not_ours' });
    await partners.fault('pay.query', 'sum', 1);
    expect(await pay.query(one.id)).toMatchObject({ paid: { amount: 501 } });
  });

  it('a day’s bill agrees with what was paid and paid back, and a changed one is not believed', async () => {
    const pay = client();
    const one = await paid(pay, { amount: 829 });
    const back = { id: randomUUID(), order: one.id, amount: 115, total: 829, reason: '取消' };
    await pay.refund(back);
    const found = await pay.bill(today());
    if (!found.ok) throw new Error(found.fault);
    const line = { at: expect.any(Date), order: one.id, transaction: expect.stringMatching(/^42\d{26}$/) };
    expect(found.lines.filter((each) => each.order === one.id)).toEqual([
      { ...line, kind: 'paid', amount: 829 },
      { ...line, kind: 'refund', amount: 115, refund: back.id },
    ]);
    await partners.fault('pay.bill', 'changed', 1);
    expect(await pay.bill(today())).toMatchObject({ fault: 'unsigned' });
    expect(await pay.bill('2020-02-29')).toMatchObject({ fault: 'none' });
  });
});

describe('a fault on the way', () => {
  it.each([
    ['busy', 'busy', true],
    ['error', 'unknown', true],
    ['drop', 'unknown', true],
    ['lose', 'unknown', true],
    ['refuse', 'refused', false],
  ])('%s is %s', async (mode, fault, retry) => {
    const one = order();
    await partners.fault('pay.open', mode, 1);
    const failed = await connect().open(one);
    expect(failed).toMatchObject({ ok: false, fault, retry });
    // Nothing that could be logged holds our signature.
    expect(JSON.stringify(failed)).not.toMatch(/WECHATPAY2|signature|mchid/i);
    expect((await partners.orders()).some((each) => each.number === number(one.id))).toBe(mode === 'lose');
    expect(await connect().open(one)).toMatchObject({ ok: true });
  });

  it('nobody there is told from an answer that never came', async () => {
    const gone = await openSite();
    gone.close();
    expect(await connect({ WECHAT_PAY_URL: gone.url }).open(order())).toMatchObject({
      fault: 'unreachable',
      retry: true,
      code: 'ECONNREFUSED',
    } satisfies Partial<PayFailure>);
  });
});

describe('the stand-in', () => {
  it('takes nothing that is not signed by the merchant, with the serial to the letter', async () => {
    const { payMerchantKey } = (await import('./demo-settings.ts')).demoSecrets();
    const another = (await import('node:crypto')).generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey;
    expect(another).not.toBe(payMerchantKey);
    const refused = { fault: 'unsigned', code: 'SIGN_ERROR' };
    for (const changes of [
      { WECHAT_PAY_KEY: another },
      { WECHAT_PAY_SERIAL: 'F'.repeat(40) },
      { WECHAT_PAY_MERCHANT_ID: '1999999999' },
    ]) {
      expect(await connect(changes).open(order())).toMatchObject(refused);
    }
    const lower = (partners.env.WECHAT_PAY_SERIAL ?? '').toLowerCase();
    expect(await connect({ WECHAT_PAY_SERIAL: lower }).open(order())).toMatchObject({ ok: true });
    expect(await connect({ WECHAT_APP_ID: 'wx0002' }).open(order())).toMatchObject({
      fault: 'refused',
      code: 'APPID_MCHID_NOT_MATCH',
    });
  });

  it('takes each request of the merchant once, and only fresh ones over these very bytes', async () => {
    const one = native();
    /** What would be sent, and is not: its nonce stays unused. */
    async function written(at = Date.now()) {
      const taken: { url: string; init: RequestInit }[] = [];
      const real = globalThis.fetch;
      vi.useFakeTimers({ toFake: ['Date'], now: at });
      globalThis.fetch = async (url, init) => {
        taken.push({ url: String(url), init: { ...init, signal: null } });
        return new Response(null, { status: 500 });
      };
      await connect()
        .open(one)
        .finally(() => {
          globalThis.fetch = real;
          vi.useRealTimers();
        });
      const [sent] = taken;
      if (!sent) throw new Error('nothing was written');
      return async (body = String(sent.init.body)) => (await fetch(sent.url, { ...sent.init, body })).status;
    }
    const send = await written();
    expect(await send('{"amount":{"total":1}}')).toBe(401);
    expect(await send()).toBe(200);
    expect(await send()).toBe(401);
    const late = await written(Date.now() - 301_000);
    expect(await late()).toBe(401);
    expect((await partners.orders()).find((each) => each.number === number(one.id))?.amount).toBe(500);
  });

  it('does not fetch or trust a key because a message names it; the next certificate is fetched ahead of its time', async () => {
    const asked = async () => (await get<{ fetched: number }>('/inspect/pay/certificates')).fetched;
    const one = await paid(connect());
    const stays = byCertificate();
    // On its own schedule: with the first call, and then not for hours.
    const before = await asked();
    expect(await stays.query(one.id)).toMatchObject({ ok: true });
    await until(async () => (await asked()) === before + 1, 'the certificates are fetched');
    await post('/inspect/pay/certificates', { use: false });
    const told = byCertificate();
    expect(await told.query(one.id)).toMatchObject({ ok: true });
    await until(async () => (await asked()) === before + 2, 'the certificates are fetched');
    await post('/inspect/pay/certificates', { use: true });
    // The one looked before the new certificate was there, the other after.
    expect(await stays.query(one.id)).toMatchObject({ fault: 'unsigned' });
    await until(async () => (await told.query(one.id)).ok, 'the new certificate is known');
    expect(await stays.query(one.id)).toMatchObject({ fault: 'unsigned' });
    expect(await asked()).toBe(before + 2);
    expect(await connect().query(one.id)).toMatchObject({ ok: true });
  });
});

describe('a notification', () => {
  it('is repeated until it is taken, always as the same event', async () => {
    const one = order();
    site.answers.set(one.id, [500, 404]);
    await connect().open(one);
    await partners.pay(one.id);
    await until(() => heardOf(one.id).length === 3, 'the site is told three times');
    expect(new Set(heardOf(one.id).map((each) => each.ok && each.id)).size).toBe(1);
    const tries = async () => (await partners.payNotices()).filter((each) => each.number === number(one.id));
    await until(async () => (await tries()).every(({ status }) => status !== undefined), 'each try is answered');
    expect((await tries()).map(({ status }) => status)).toEqual([500, 404, 204]);
  });

  it.each([
    ['forged', 'unsigned'],
    ['probe', 'probe'],
    ['stale', 'stale'],
    ['changed', 'malformed'],
  ])('that is %s is refused, and the right one follows', async (mode, why) => {
    await partners.fault('pay.notice', mode, 1);
    const one = await paid(connect());
    await until(() => heardOf(one.id).length === 1, 'the right one comes');
    expect(site.heard).toContainEqual({ ok: false, why });
  });

  it('comes twice, after a later one, or never; the question always tells', async () => {
    await partners.fault('pay.notice', 'twice', 1);
    const doubled = await paid(connect());
    await until(() => heardOf(doubled.id).length === 2, 'it comes twice');
    await partners.fault('pay.notice', 'late', 1);
    const [first, second] = [await paid(connect()), await paid(connect())];
    await until(() => heardOf(first.id).length === 1, 'the first one comes');
    const orders = site.heard.flatMap((one) => (one.ok ? [one.order] : []));
    expect(orders.indexOf(second.id)).toBeLessThan(orders.indexOf(first.id));
    await partners.fault('pay.notice', 'never', 1);
    const silent = await paid(connect());
    expect(await connect().query(silent.id)).toMatchObject({ state: 'paid' });
    expect(heardOf(silent.id)).toEqual([]);
  });

  it('of a refund says what became of it', async () => {
    for (const [mode, state] of [
      ['failed', 'abnormal'],
      ['closed', 'closed'],
    ] as const) {
      const one = await paid(connect());
      await partners.fault('pay.outcome', mode, 1);
      const id = randomUUID();
      await connect().refund({ id, order: one.id, amount: 500, total: 500, reason: '取消' });
      await until(() => heardOf(one.id).some((each) => each.ok && each.what === 'refund'), 'the site is told');
      expect(heardOf(one.id).at(-1)).toMatchObject({ refund: id, state });
      expect(await connect().findRefund(id)).toEqual({ ok: true, state });
    }
  });
});

describe('the cashier', () => {
  const from = (path = '/visits/1') => ({ headers: { referer: site.url + path }, redirect: 'manual' as const });
  const act = (address: string, what: string) =>
    fetch(new URL(address, partners.url), {
      method: 'POST',
      body: new URLSearchParams({ act: what }),
      redirect: 'manual',
    });
  const actionOf = (page: string) => (/action="([^"]+)"/.exec(page)?.[1] ?? '').replaceAll('&#38;', '&');
  const h5 = async () => {
    const { id, amount, description, payBy } = order();
    const one: OpenOrder = { id, amount, description, payBy, method: 'h5', address: '::ffff:203.0.113.7' };
    const opened = await connect().open(one);
    if (!opened.ok) throw new Error(opened.fault);
    return { id: one.id, address: opened.prepay };
  };

  it('of a browser is reached from the merchant’s site alone, and leads back there', async () => {
    const { id, address } = await h5();
    expect((await fetch(address)).status).toBe(403);
    expect((await fetch(address, { headers: { referer: 'https://evil.example/' } })).status).toBe(403);
    const back = `${site.url}/visits/1?from=pay`;
    const page = await (await fetch(`${address}&redirect_url=${encodeURIComponent(back)}`, from())).text();
    expect(page).toContain('5.00');
    expect(page).toContain('车辆通行费');
    expect(await (await act(actionOf(page), 'poor')).text()).toContain('余额不足');
    expect((await act(actionOf(page), 'cancel')).headers.get('location')).toBe(back);
    expect(await connect().query(id)).toMatchObject({ state: 'unpaid' });
    expect((await act(actionOf(page), 'pay')).headers.get('location')).toBe(back);
    expect(await connect().query(id)).toMatchObject({ state: 'paid' });
    expect(await (await fetch(address, from())).text()).toContain('订单已支付或已关闭');
  });

  it('leads to no other site', async () => {
    const { address } = await h5();
    const page = await (await fetch(`${address}&redirect_url=https%3A%2F%2Fevil.example%2F`, from())).text();
    const done = await act(actionOf(page), 'pay');
    expect(done.headers.get('location')).toBeNull();
    expect(await done.text()).not.toContain('evil.example');
  });

  it('of a QR code is open to everybody, and one tap pays', async () => {
    const one = native();
    const opened = await connect().open(one);
    if (!opened.ok) throw new Error(opened.fault);
    const page = await (await fetch(opened.prepay)).text();
    expect(page).toContain('立即支付');
    const codes = async () => (await fetch(`${partners.url}/`)).text();
    const { pathname } = new URL(opened.prepay);
    expect(await codes()).toContain(pathname);
    expect(await (await act(actionOf(page), 'pay')).text()).toContain('支付成功');
    expect(await codes()).not.toContain(pathname);
    expect(await connect().query(one.id)).toMatchObject({ state: 'paid' });
  });

  it('of the page inside WeChat pays only what the merchant signed', async () => {
    const one = order();
    const opened = await connect().open(one);
    if (!opened.ok) throw new Error(opened.fault);
    const call = connect().bridge(opened.prepay);
    const said = async (body: unknown) =>
      ((await (await post('/pay/bridge', body)).json()) as { err_msg: string }).err_msg;
    const failed = 'get_brand_wcpay_request:fail';
    expect(await said({ ...call, paySign: connect().bridge('wx1').paySign, act: 'pay' })).toBe(failed);
    expect(await said({ ...call, package: 'prepay_id=wx1', act: 'pay' })).toBe(failed);
    expect(await said({ ...call, appId: 'wx0002', act: 'pay' })).toBe(failed);
    expect(await said({ ...call, act: 'cancel' })).toBe('get_brand_wcpay_request:cancel');
    expect(await said({ ...call, act: 'poor' })).toBe(failed);
    expect(await connect().query(one.id)).toMatchObject({ state: 'unpaid' });
    const query = new URLSearchParams({ ...call, redirect_url: `${site.url}/visits/1` });
    expect((await fetch(`${partners.url}/pay/bridge?${query}`.replace('prepay_id', 'x'))).status).toBe(403);
    const page = await (await fetch(`${partners.url}/pay/bridge?${query}`)).text();
    expect((await act(actionOf(page), 'pay')).headers.get('location')).toBe(`${site.url}/visits/1`);
    expect(await connect().query(one.id)).toMatchObject({ state: 'paid' });
    expect(await (await fetch(`${partners.url}/pay/bridge.js`)).text()).toContain(`${partners.url}/pay/bridge`);
  });
});

describe('where a demo keeps the books', () => {
  it('what was paid and paid back outlives a restart, and no number comes twice', async () => {
    const file = join(temporaryFolder('sandbox-books-'), 'books.json');
    const first = await testPartners(site.url, { SANDBOX_PAY_BOOKS: file });
    const client = (url: string) => connect({ ...first.env, WECHAT_PAY_URL: url });
    const before = client(first.url);
    const [kept, back, open] = [native(), native(), native()];
    for (const one of [kept, back, open]) await before.open(one);
    await first.pay(back.id);
    const refund = { id: randomUUID(), order: back.id, amount: 200, total: 500, reason: '' };
    await first.fault('pay.outcome', 'never');
    await before.refund(refund);
    await first.pay(kept.id);
    await first.stop();

    const second = await startSandbox(first.settings);
    try {
      const after = client(second.url);
      expect(await after.query(kept.id)).toMatchObject({ state: 'paid', paid: { amount: 500 } });
      await until(async () => {
        const found = await after.findRefund(refund.id);
        return found.ok && found.state === 'done';
      }, 'the refund that was under way is done');
      const bill = await after.bill(today());
      const lines = bill.ok ? bill.lines.map(({ kind, amount }) => [kind, amount]) : [];
      expect(lines.toSorted()).toEqual([
        ['paid', 500],
        ['paid', 500],
        ['refund', 200],
      ]);
      const act = { method: 'POST', headers: { 'content-type': 'application/json' } };
      await fetch(`${second.url}/inspect/pay/payments`, { ...act, body: JSON.stringify({ order: open.id }) });
      const numbers = await Promise.all([kept, back, open].map(({ id }) => after.query(id)));
      const transactions = numbers.flatMap((one) => (one.ok && one.paid ? [one.paid.transaction] : []));
      expect(new Set(transactions).size).toBe(3);
    } finally {
      await second.stop();
    }
  });
});
