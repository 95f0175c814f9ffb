import { createPublicKey, generateKeyPairSync, randomUUID, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../sandbox/pay/certificate.ts';
import { type Signer, seal, signedHeaders } from '../sandbox/pay/seal.ts';
import { readSettings, type SettingsError, wechatPaySchema } from './config.ts';
import { readBill } from './wechat-pay/bill.ts';
import { createWechatPay } from './wechat-pay.ts';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const [merchant, platform, stranger] = [pair(), pair(), pair()];
const pemOf = (key: typeof merchant.privateKey) => String(key.export({ type: 'pkcs8', format: 'pem' }));
const publicPem = (key: typeof merchant.privateKey) =>
  String(createPublicKey(key).export({ type: 'spki', format: 'pem' }));
const certificate = makeCertificate(platform.privateKey);
const apiKey = '0123456789abcdefghijklmnopqrstuv';
const publicKeyId = 'PUB_KEY_ID_0112233445566778899';
const byPublicKey = { serial: publicKeyId, key: platform.privateKey };
const byCertificate = { serial: certificate.serial, key: platform.privateKey };

const account = {
  PUBLIC_URL: 'https://visits.example.edu',
  WECHAT_APP_ID: 'wx0001',
  WECHAT_PAY_URL: 'http://127.0.0.1:9',
  WECHAT_PAY_MERCHANT_ID: '1900000001',
  WECHAT_PAY_SERIAL: '5157f09efdc096de15ebe81a47057a7232f1b8e1',
  WECHAT_PAY_KEY: pemOf(merchant.privateKey),
  WECHAT_PAY_API_V3_KEY: apiKey,
};
const withPublicKey = {
  WECHAT_PAY_PUBLIC_KEY_ID: publicKeyId,
  WECHAT_PAY_PUBLIC_KEY: publicPem(platform.privateKey),
};
const withCertificates = { WECHAT_PAY_CERTIFICATES: certificate.pem };

function connect(changes: Record<string, string> = withPublicKey) {
  const pay = createWechatPay(readSettings(wechatPaySchema, { ...account, ...changes }));
  if (!pay) throw new Error('no account');
  return pay;
}

const [order, refund] = [randomUUID(), randomUUID()];
const numberOf = (id: string) => id.replaceAll('-', '');
const payment = {
  mchid: '1900000001',
  appid: 'wx0001',
  out_trade_no: numberOf(order),
  transaction_id: '4200000000000000000000000001',
  trade_state: 'SUCCESS',
  trade_type: 'JSAPI',
  success_time: '2026-11-30T10:00:00+08:00',
  payer: { openid: 'oPerson' },
  amount: { total: 500, payer_total: 500, currency: 'CNY', payer_currency: 'CNY' },
};
const paidBack = {
  mchid: '1900000001',
  out_trade_no: numberOf(order),
  transaction_id: '4200000000000000000000000001',
  out_refund_no: numberOf(refund),
  refund_id: '50000000000000000000000000001',
  refund_status: 'SUCCESS',
  success_time: '2026-11-30T11:00:00+08:00',
  amount: { total: 500, refund: 200, payer_total: 500, payer_refund: 200 },
};
const eventOf = (inside: unknown, type = 'TRANSACTION.SUCCESS', key = apiKey) => ({
  id: 'event-1',
  event_type: type,
  resource_type: 'encrypt-resource',
  resource: { original_type: 'transaction', ...seal(key, JSON.stringify(inside), 'transaction') },
});

/** As the web process has it: headers by lower-case name, and the raw bytes. */
function posted(event: unknown, { by = byPublicKey, at = Date.now() }: { by?: Signer; at?: number } = {}) {
  const body = JSON.stringify(event);
  const headers = Object.fromEntries(
    Object.entries(signedHeaders(by, body, at)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return { headers, body: Buffer.from(body) };
}
const tell = (inside: unknown, type?: string, how?: Parameters<typeof posted>[1]) => {
  const { headers, body } = posted(eventOf(inside, type), how);
  return connect().readNotice(headers, body);
};

describe('a notification', () => {
  it('of a payment is read, signed by the public key or by a certificate', () => {
    const expected = {
      ok: true,
      id: 'event-1',
      what: 'paid',
      order,
      amount: 500,
      transaction: '4200000000000000000000000001',
      at: new Date('2026-11-30T02:00:00Z'),
      openid: 'oPerson',
    };
    for (const [settings, by] of [
      [withPublicKey, byPublicKey],
      [withCertificates, byCertificate],
      [{ ...withPublicKey, ...withCertificates }, byPublicKey],
      [{ ...withPublicKey, ...withCertificates }, byCertificate],
    ] as const) {
      const { headers, body } = posted(eventOf(payment), { by });
      expect(connect(settings).readNotice(headers, body)).toEqual(expected);
    }
  });

  it('of a refund is read, whatever became of it', () => {
    expect(tell(paidBack, 'REFUND.SUCCESS')).toEqual({
      ok: true,
      id: 'event-1',
      what: 'refund',
      order,
      refund,
      amount: 200,
      transaction: '4200000000000000000000000001',
      state: 'done',
      at: new Date('2026-11-30T03:00:00Z'),
    });
    const { success_time: _none, ...without } = paidBack;
    expect(tell({ ...without, refund_status: 'ABNORMAL' }, 'REFUND.ABNORMAL')).toMatchObject({ state: 'abnormal' });
    expect(tell({ ...without, refund_status: 'CLOSED' }, 'REFUND.CLOSED')).toMatchObject({ state: 'closed' });
  });

  it('is refused unless its very bytes are signed by a key that the settings name', () => {
    const pay = connect();
    const { headers, body } = posted(eventOf(payment));
    expect(pay.readNotice(headers, body)).toMatchObject({ ok: true });
    const unsigned = { ok: false, why: 'unsigned' };
    // The same JSON with another space in it.
    expect(pay.readNotice(headers, Buffer.from(`${body} `))).toEqual(unsigned);
    for (const name of ['serial', 'signature', 'timestamp', 'nonce'].map((word) => `wechatpay-${word}`)) {
      const { [name]: _dropped, ...rest } = headers;
      expect(pay.readNotice(rest, body)).toEqual(unsigned);
      expect(pay.readNotice({ ...headers, [name]: [headers[name] ?? ''] }, body)).toEqual(unsigned);
    }
    expect(pay.readNotice({ ...headers, 'wechatpay-nonce': 'another' }, body)).toEqual(unsigned);
    const forged = posted(eventOf(payment), { by: { serial: publicKeyId, key: stranger.privateKey } });
    expect(pay.readNotice(forged.headers, forged.body)).toEqual(unsigned);
    const unknown = posted(eventOf(payment), { by: { serial: 'PUB_KEY_ID_9', key: platform.privateKey } });
    expect(pay.readNotice(unknown.headers, unknown.body)).toEqual(unsigned);
    // A certificate of the right key, which nobody told us of, and one that is told of but over.
    const other = posted(eventOf(payment), { by: byCertificate });
    expect(pay.readNotice(other.headers, other.body)).toEqual(unsigned);
    const over = makeCertificate(platform.privateKey, -1);
    const late = posted(eventOf(payment), { by: { serial: over.serial, key: platform.privateKey } });
    expect(connect({ WECHAT_PAY_CERTIFICATES: over.pem }).readNotice(late.headers, late.body)).toEqual(unsigned);
  });

  it('that is a test of our check is told apart, and refused', () => {
    const { headers, body } = posted(eventOf(payment));
    const signature = `WECHATPAY/SIGNTEST/${headers['wechatpay-signature']}`;
    expect(connect().readNotice({ ...headers, 'wechatpay-signature': signature }, body)).toEqual({
      ok: false,
      why: 'probe',
    });
  });

  it('signed more than five minutes ago or ahead is refused', () => {
    const minutes = (count: number) => ({ at: Date.now() + count * 60_000 });
    expect(tell(payment, undefined, minutes(-4.9))).toMatchObject({ ok: true });
    expect(tell(payment, undefined, minutes(4.9))).toMatchObject({ ok: true });
    expect(tell(payment, undefined, minutes(-5.1))).toEqual({ ok: false, why: 'stale' });
    expect(tell(payment, undefined, minutes(5.1))).toEqual({ ok: false, why: 'stale' });
  });

  it('whose inside was changed on its way, or made with another key, is refused although it is signed', () => {
    const event = eventOf(payment);
    const sealed = Buffer.from(event.resource.ciphertext, 'base64');
    const at = JSON.stringify(payment).indexOf('500');
    sealed[at] = (sealed[at] ?? 0) ^ 1;
    const changed = { ...event, resource: { ...event.resource, ciphertext: sealed.toString('base64') } };
    const otherData = { ...event, resource: { ...event.resource, associated_data: 'refund' } };
    const shortTag = {
      ...event,
      resource: { ...event.resource, ciphertext: sealed.subarray(0, -12).toString('base64') },
    };
    for (const one of [changed, otherData, shortTag, eventOf(payment, undefined, apiKey.toUpperCase()), {}, []]) {
      const { headers, body } = posted(one);
      expect(connect().readNotice(headers, body)).toEqual({ ok: false, why: 'malformed' });
    }
  });

  it.each([
    [{ mchid: '1900000002' }, 'not_ours'],
    [{ appid: 'wx0002' }, 'not_ours'],
    [{ out_trade_no: 'SHOP-1' }, 'not_ours'],
    [{ amount: { total: 500, currency: 'USD' } }, 'not_ours'],
    [{ amount: { total: 4.5 } }, 'malformed'],
    [{ amount: { total: -500 } }, 'malformed'],
    [{ trade_state: 'NOTPAY' }, 'malformed'],
  ])('with %j is none of ours', (change, why) => {
    expect(tell({ ...payment, ...change })).toEqual({ ok: false, why });
  });

  it('of a refund of another merchant, or of an event that is nothing to us, is none of ours', () => {
    const notOurs = { ok: false, why: 'not_ours' };
    expect(tell({ ...paidBack, mchid: '1900000002' }, 'REFUND.SUCCESS')).toEqual(notOurs);
    expect(tell({ ...paidBack, out_refund_no: '1' }, 'REFUND.SUCCESS')).toEqual(notOurs);
    expect(tell(payment, 'VIOLATION.PUNISH')).toEqual(notOurs);
  });
});

it('what WeixinJSBridge is given is signed with the merchant’s key', () => {
  const given = connect().bridge('wx201410272009395522657a690389285100');
  expect(given).toMatchObject({
    appId: 'wx0001',
    package: 'prepay_id=wx201410272009395522657a690389285100',
    signType: 'RSA',
  });
  expect(given.timeStamp).toMatch(/^\d{10}$/);
  expect(connect().bridge('x').nonceStr).not.toBe(given.nonceStr);
  const text = `wx0001\n${given.timeStamp}\n${given.nonceStr}\n${given.package}\n`;
  const signature = Buffer.from(given.paySign, 'base64');
  expect(verify('RSA-SHA256', Buffer.from(text), createPublicKey(merchant.privateKey), signature)).toBe(true);
});

describe('a day’s bill', () => {
  const head =
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
  const row = (state: string, [paid, back]: [string, string], { app = 'wx0001', number = numberOf(order) } = {}) =>
    `\`2026-11-29 23:59:59,\`${app},\`1900000001,\`0,\`,\`42001,\`${number},\`oPerson,\`JSAPI,\`${state},\`OTHERS,\`CNY,\`${paid},\`0.00,\`${back === '0.00' ? '0' : '5001'},\`${back === '0.00' ? '0' : numberOf(refund)},\`${back},\`0.00,\`,\`,\`Parking, one visit,\`,\`0.00000,\`0.60%,\`${paid},\`${back},\``;
  const sums = '总交易单数,应结订单总金额\n`2,`1.00';

  it('is read to the fen, without what other shops of the merchant sold', () => {
    const text = [
      `\uFEFF${head}`,
      row('SUCCESS', ['8.29', '0.00']),
      row('REFUND', ['0.00', '1.15']),
      row('SUCCESS', ['1.00', '0.00'], { app: 'wx0002' }),
      row('SUCCESS', ['1.00', '0.00'], { number: 'SHOP-1' }),
      row('REVOKED', ['1.00', '0.00']),
      sums,
    ].join('\r\n');
    const line = { at: new Date('2026-11-29T15:59:59Z'), order, transaction: '42001' };
    expect(readBill(text, 'wx0001')).toEqual([
      { ...line, kind: 'paid', amount: 829 },
      { ...line, kind: 'refund', amount: 115, refund },
    ]);
  });

  it.each([
    'not a bill',
    `${head}\n${row('SUCCESS', ['1e3', '0.00'])}`,
    `${head}\n${row('SUCCESS', ['1.00', '0.00']).slice(0, -3)}`,
  ])('that is none is not half read: %#', (text) => {
    expect(readBill(text, 'wx0001')).toBeUndefined();
  });
});

describe('the merchant account', () => {
  const problems = (env: Record<string, string>): string[] => {
    try {
      readSettings(wechatPaySchema, { PUBLIC_URL: account.PUBLIC_URL, WECHAT_APP_ID: 'wx0001', ...env });
      return [];
    } catch (error) {
      return (error as SettingsError).settings.map(({ name }) => name);
    }
  };

  it('may be left out, and then there is nothing to pay with', () => {
    const none = readSettings(wechatPaySchema, { PUBLIC_URL: account.PUBLIC_URL, WECHAT_APP_ID: 'wx0001' });
    expect(createWechatPay(none)).toBeUndefined();
  });

  it('that is set in part is refused, and each missing setting is named', () => {
    expect(problems({ WECHAT_PAY_MERCHANT_ID: '1900000001', ...withPublicKey })).toEqual([
      'WECHAT_PAY_SERIAL',
      'WECHAT_PAY_KEY',
      'WECHAT_PAY_API_V3_KEY',
    ]);
    expect(problems(account)).toEqual(['WECHAT_PAY_PUBLIC_KEY_ID', 'WECHAT_PAY_PUBLIC_KEY']);
    expect(problems({ ...account, WECHAT_PAY_PUBLIC_KEY_ID: publicKeyId })).toEqual(['WECHAT_PAY_PUBLIC_KEY']);
    expect(problems({ ...account, ...withCertificates })).toEqual([]);
    expect(problems({ ...account, ...withPublicKey, WECHAT_PAY_API_V3_KEY: 'short' })).toEqual([
      'WECHAT_PAY_API_V3_KEY',
    ]);
  });

  it('takes a key as a path, as a text, and as a text on one line; one that is none is named and not shown', () => {
    const oneLine = publicPem(platform.privateKey).replaceAll('\n', '\\n');
    const { headers, body } = posted(eventOf(payment));
    const pay = connect({ ...withPublicKey, WECHAT_PAY_PUBLIC_KEY: oneLine });
    expect(pay.readNotice(headers, body)).toMatchObject({ ok: true });
    expect(() => connect({ ...withPublicKey, WECHAT_PAY_PUBLIC_KEY: '/nowhere/key.pem' })).toThrow(
      'WECHAT_PAY_PUBLIC_KEY cannot be read (ENOENT)',
    );
    const broken = '-----BEGIN PRIVATE KEY-----\nsecretwords\n-----END PRIVATE KEY-----';
    expect(() => connect({ ...withPublicKey, WECHAT_PAY_KEY: broken })).toThrow(
      /^WECHAT_PAY_KEY cannot be read \(\w+\)$/,
    );
    expect(() => connect({ WECHAT_PAY_CERTIFICATES: publicPem(platform.privateKey) })).toThrow(
      'WECHAT_PAY_CERTIFICATES cannot be read',
    );
  });
});
