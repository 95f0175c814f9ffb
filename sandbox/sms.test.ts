import { createHash, createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SmsTemplate, type SmsText, smsTemplates } from '../domain/sms-templates.ts';
import { readSettings, smsSchema } from '../platform/config.ts';
import { createSms } from '../platform/sms.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';

let partners: TestPartners;
const connect = (changes: Record<string, string> = {}) =>
  createSms(readSettings(smsSchema, { ...partners.env, ...changes }));
type Setting = 'SMS_TEMPLATES' | 'SMS_TEMPLATES_ABROAD';
const templates = (setting: Setting) => JSON.parse(partners.env[setting] ?? '') as { login: string; approved: string };
const withLogin = (setting: Setting, id: string) => ({
  [setting]: JSON.stringify({ ...templates(setting), login: id }),
});
const login = { template: 'login', code: '012345', minutes: 5 } as const;
let last = 13000000000;
let phone: string;

beforeAll(async () => {
  partners = await testPartners();
});
afterAll(() => partners.stop());
beforeEach(async () => {
  phone = String(++last);
  await partners.fault('sms.send', 'none');
});

describe('a text message', () => {
  it('arrives on the phone, newest first', async () => {
    expect(await connect().send(phone, login)).toMatchObject({ ok: true });
    await connect().send(phone, {
      template: 'approved',
      campus: '新校区',
      day: '9月5日',
      clock: '15:00',
      last_day: '9月5日',
      last_clock: '15:30',
      code: '987654',
    });
    const texts = await partners.sms(phone);
    expect(texts.map(({ values }) => values[0])).toEqual(['新校区', '012345']);
    expect(texts[1]?.text).toBe('【校园访客】您的验证码为012345，5分钟内有效。请勿告诉他人，如非本人操作请忽略。');
    const page = await (await fetch(`${partners.url}/phone/${phone}`)).text();
    expect(page.indexOf('987654')).toBeLessThan(page.indexOf('012345'));
  });

  it('is signed: a wrong secret or id sends nothing', async () => {
    expect(await connect({ SMS_SECRET_KEY: 'wrong' }).send(phone, login)).toEqual({
      ok: false,
      fault: 'misconfigured',
      retry: false,
      code: 'AuthFailure.SignatureFailure',
    });
    expect(await connect({ SMS_SECRET_ID: 'AKIDwrong' }).send(phone, login)).toMatchObject({
      code: 'AuthFailure.SecretIdNotFound',
    });
    expect(await partners.sms(phone)).toEqual([]);
  });

  it('needs this account’s own application, signature and template', async () => {
    expect(await connect({ SMS_APP_ID: '1' }).send(phone, login)).toMatchObject({ fault: 'misconfigured' });
    expect(await connect({ SMS_SIGN_NAME: '别人' }).send(phone, login)).toMatchObject({
      fault: 'misconfigured',
      code: 'FailedOperation.SignatureIncorrectOrUnapproved',
    });
    expect(await connect(withLogin('SMS_TEMPLATES', '1')).send(phone, login)).toMatchObject({
      code: 'FailedOperation.TemplateIncorrectOrUnapproved',
    });
    expect(
      await connect(withLogin('SMS_TEMPLATES', templates('SMS_TEMPLATES').approved)).send(phone, login),
    ).toMatchObject({
      code: 'FailedOperation.TemplateParamSetNotMatchApprovedTemplate',
    });
  });

  it.each(Object.keys(smsTemplates) as SmsTemplate[])('%s has the values that its template takes', async (template) => {
    const places = { campus: '甲', day: '乙', clock: '丙', last_day: '丁', last_clock: '戊', status: '己' };
    const values = { code: '1', minutes: 5, ...places };
    for (const number of [phone, '+14155550199'])
      expect(await connect().send(number, { template, ...values } as SmsText)).toMatchObject({ ok: true });
  });

  it('is refused with a value that the provider has no room for', async () => {
    const cancelled = { template: 'cancelled', campus: '主校区五道口东', day: '12月31日', clock: '15:00' } as const;
    expect(await connect().send(phone, cancelled)).toMatchObject({
      code: 'InvalidParameterValue.TemplateParameterLengthLimit',
    });
    expect(await connect().send(phone, { ...cancelled, campus: '主校区五道口' })).toMatchObject({ ok: true });
    expect(await connect().send('+14155550199', cancelled)).toMatchObject({ ok: true });
    expect(await connect().send('+14155550199', { ...cancelled, campus: '长'.repeat(500) })).toMatchObject({
      code: 'InvalidParameterValue.ContentLengthLimit',
    });
    for (const code of ['1234567', '12 456', 'ABCD']) {
      expect(await connect().send(phone, { ...login, code })).toMatchObject({
        fault: 'misconfigured',
        code: 'InvalidParameterValue.TemplateParameterFormatError',
      });
    }
  });

  it('goes to numbers that exist', async () => {
    expect(await connect().send('12000000000', login)).toMatchObject({ fault: 'bad_number', retry: false });
  });

  describe('to a number abroad', () => {
    const abroad = '+14155550199';

    it('goes by a template of the international service, unsigned', async () => {
      expect(await connect().send(abroad, login)).toMatchObject({ ok: true });
      const [text] = await partners.sms(abroad);
      expect(text?.template).toBe('3000001');
      expect(text?.text).toBe('Campus visits: your code is 012345, valid for 5 minutes. Do not share it.');
    });

    it.each(['+85261234567', '+886912345678'])('%s is one, too', async (number) => {
      expect(await connect().send(number, login)).toMatchObject({ ok: true });
      expect((await partners.sms(number))[0]?.template).toBe('3000001');
    });

    it('is refused with a template of the mainland, and one of those to the mainland as well', async () => {
      const mainland = withLogin('SMS_TEMPLATES_ABROAD', templates('SMS_TEMPLATES').login);
      expect(await connect(mainland).send(abroad, login)).toEqual({
        ok: false,
        fault: 'unreached_country',
        retry: false,
        code: 'UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone',
      });
      expect(
        await connect(withLogin('SMS_TEMPLATES', templates('SMS_TEMPLATES_ABROAD').login)).send(phone, login),
      ).toMatchObject({
        fault: 'unreached_country',
        code: 'UnsupportedOperation.GlobalTemplateToChineseMainlandPhone',
      });
    });

    it('is not sent where there are no templates for it', async () => {
      const before = (await partners.sms(abroad)).length;
      expect(await connect({ SMS_TEMPLATES_ABROAD: '' }).send(abroad, login)).toEqual({
        ok: false,
        fault: 'unreached_country',
        retry: false,
      });
      expect(await partners.sms(abroad)).toHaveLength(before);
      expect(await connect({ SMS_TEMPLATES_ABROAD: '' }).send(phone, login)).toMatchObject({ ok: true });
    });
  });

  describe.each(['SMS_TEMPLATES', 'SMS_TEMPLATES_ABROAD'] as const)('the setting %s', (setting) => {
    const problemOf = (change: object) => {
      try {
        connect({ [setting]: JSON.stringify({ ...templates(setting), ...change }) });
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };

    it.each([
      ['a template that is missing', { account: undefined }, 'account is missing'],
      ['each that is missing', { guardian: undefined, opened: undefined }, 'guardian is missing, opened is missing'],
      ['a name that no text has', { log_in: '1' }, 'log_in is the name of no text'],
      ['an empty id', { login: '' }, 'login is empty'],
      ['an id that is a number', { login: 1 }, 'login is not a text in quotes'],
    ])('says of %s what is wrong', (_, change, problem) => {
      expect(problemOf(change)).toBe(`Settings: ${setting} is not valid: ${problem}`);
    });

    it.each([
      ['{login}', 'is not JSON'],
      ['["1"]', 'is not an object of texts: {"login": "…", …}'],
    ])('says of %s that it is no object', (value, problem) => {
      expect(() => connect({ [setting]: value })).toThrow(`Settings: ${setting} is not valid: ${problem}`);
    });
  });

  it('is refused, limited, late or lost in ways that can be told apart', async () => {
    await partners.fault('sms.send', 'refuse', 1);
    expect(await connect().send(phone, login)).toMatchObject({ fault: 'refused', retry: false });
    await partners.fault('sms.send', 'quota', 1);
    expect(await connect().send(phone, login)).toMatchObject({
      fault: 'limited',
      code: 'LimitExceeded.PhoneNumberDailyLimit',
    });
    await partners.fault('sms.send', 'busy', 1);
    expect(await connect().send(phone, login)).toMatchObject({ fault: 'busy', retry: true });
    expect(await partners.sms(phone)).toEqual([]);
    await partners.fault('sms.send', 'lose', 1);
    expect(await connect().send(phone, login)).toMatchObject({ fault: 'unknown' });
    expect(await partners.sms(phone)).toHaveLength(1);
    await partners.fault('sms.send', 'timeout', 1);
    expect(await connect().send(phone, login)).toMatchObject({ fault: 'unknown', code: 'InternalError.Timeout' });
    expect(await partners.sms(phone)).toHaveLength(2);
    await partners.fault('sms.send', 'hang', 1);
    expect(await connect().send(phone, login)).toMatchObject({ fault: 'unknown', code: 'ETIMEDOUT' });
    expect(await connect({ SMS_ENDPOINT: 'http://127.0.0.1:9' }).send(phone, login)).toMatchObject({
      fault: 'unreachable',
      code: 'ECONNREFUSED',
    });
    await partners.fault('sms.send', 'drop', 1);
    const dropped = { ok: false, fault: 'unknown', retry: true, code: 'ECONNRESET' };
    expect(await connect().send(phone, login)).toEqual(dropped);
  });

  it.each([
    [429, 'busy'],
    [503, 'busy'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
    [403, 'misconfigured'],
  ])('may have gone when a gateway answers %i', async (status, fault) => {
    const gateway = createServer((_request, response) => response.writeHead(status).end('<html>gateway</html>'));
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const { port } = gateway.address() as AddressInfo;
    expect(await connect({ SMS_ENDPOINT: `http://127.0.0.1:${port}` }).send(phone, login)).toMatchObject({ fault });
    gateway.closeAllConnections();
    await new Promise((resolve) => gateway.close(resolve));
  });

  it('goes out though the provider ends the connection of the text before it at that moment', async () => {
    const used = new WeakSet<Socket>();
    const answer = { Response: { SendStatusSet: [{ SerialNo: '1', Code: 'Ok' }], RequestId: '1' } };
    const provider = createServer(({ socket }, response) => {
      if (used.has(socket)) return void socket.destroy();
      used.add(socket);
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    const { port } = provider.address() as AddressInfo;
    const sms = connect({ SMS_ENDPOINT: `http://127.0.0.1:${port}` });
    for (const _ of [1, 2]) expect(await sms.send(phone, login)).toMatchObject({ ok: true });
    await new Promise((resolve) => provider.close(resolve));
  });

  it('has a limit an hour for a number', async () => {
    const sms = connect();
    const answers = [];
    for (let at = 0; at < 31; at++) answers.push(await sms.send(phone, login));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(30);
    expect(answers.at(-1)).toMatchObject({ fault: 'limited', code: 'LimitExceeded.PhoneNumberOneHourLimit' });
  });

  it('does not follow a proxy of the environment to the provider', async () => {
    process.env.http_proxy = 'http://127.0.0.1:9';
    try {
      expect(await connect().send(phone, login)).toMatchObject({ ok: true });
    } finally {
      delete process.env.http_proxy;
    }
  });
});

describe('the signature', () => {
  /** Signed by hand as the provider's documentation says, without its SDK. */
  async function post(body: string, signedBody = body, timestamp = Math.floor(Date.now() / 1000)): Promise<string> {
    const date = new Date(timestamp * 1000).toISOString().slice(0, 10);
    const sha = (text: string) => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const canonical = `POST\n/\n\ncontent-type:application/json\nhost:127.0.0.1\n\ncontent-type;host\n${sha(signedBody)}`;
    const toSign = `TC3-HMAC-SHA256\n${timestamp}\n${date}/sms/tc3_request\n${sha(canonical)}`;
    const key = hmac(hmac(hmac(`TC3${partners.env.SMS_SECRET_KEY}`, date), 'sms'), 'tc3_request');
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    const response = await fetch(partners.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-tc-action': 'SendSms',
        'x-tc-version': '2021-01-11',
        'x-tc-region': 'ap-guangzhou',
        'x-tc-timestamp': String(timestamp),
        authorization: `TC3-HMAC-SHA256 Credential=${partners.env.SMS_SECRET_ID}/${date}/sms/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`,
      },
      body,
    });
    return response.text();
  }
  const request = () =>
    JSON.stringify({
      PhoneNumberSet: [`+86${phone}`],
      SmsSdkAppId: partners.env.SMS_APP_ID,
      SignName: partners.env.SMS_SIGN_NAME,
      TemplateId: templates('SMS_TEMPLATES').login,
      TemplateParamSet: ['1', '5'],
    });

  it('covers the body and the time', async () => {
    expect(await post(request())).toContain('"Code":"Ok"');
    expect(await post(request(), request().replace('"1"', '"2"'))).toContain('AuthFailure.SignatureFailure');
    expect(await post(request(), request(), Math.floor(Date.now() / 1000) - 400)).toContain(
      'AuthFailure.SignatureExpire',
    );
  });
});
