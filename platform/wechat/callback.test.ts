import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SandboxSettings } from '../../platform/config.ts';
import { echoQuery, pack } from '../../sandbox/wechat/envelope.ts';
import { createWechatCallback } from './callback.ts';
import { signatureOf } from './envelope.ts';
import { readFlatXml } from './xml.ts';

const settings = {
  WECHAT_APP_ID: 'wx0001',
  WECHAT_TOKEN: 'a-token',
  WECHAT_AES_KEY: randomBytes(32).toString('base64').slice(0, 43),
} as SandboxSettings;
const plainSettings = { ...settings, WECHAT_AES_KEY: undefined };
const encrypted = createWechatCallback(settings);
const plain = createWechatCallback(plainSettings);

const receipt = (status: string, id = '3557254367693750277') =>
  `<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[oPerson]]></FromUserName>
  <CreateTime>1795000000</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>
  <MsgID>${id}</MsgID><Status><![CDATA[${status}]]></Status></xml>`;
const queryOf = (posted: { query: URLSearchParams }) => Object.fromEntries(posted.query);

describe('the address check', () => {
  it('echoes what is signed, and nothing else', () => {
    const query = Object.fromEntries(echoQuery(settings, '12345'));
    expect(plain.echo(query)).toBe('12345');
    expect(encrypted.echo(query)).toBe('12345');
    expect(plain.echo({ ...query, signature: 'f'.repeat(40) })).toBeUndefined();
    expect(plain.echo({ ...query, signature: [query.signature] })).toBeUndefined();
    expect(plain.echo({})).toBeUndefined();
  });

  it('does not take a signature that is old', () => {
    const timestamp = String(Math.floor(Date.now() / 1000) - 3600);
    const signature = signatureOf('a-token', timestamp, 'n');
    expect(plain.echo({ signature, timestamp, nonce: 'n', echostr: '1' })).toBeUndefined();
  });
});

describe('a receipt', () => {
  it.each([
    ['success', 'success'],
    ['failed:user block', 'user_block'],
    ['failed: user block', 'user_block'],
    ['failed: system failed', 'system_failed'],
    ['failed:something new', 'system_failed'],
  ])('that says %j is read as %s, in either mode', (status, wanted) => {
    const expected = { kind: 'receipt', openid: 'oPerson', messageId: '3557254367693750277', receipt: wanted };
    const open = pack(plainSettings, receipt(status));
    expect(plain.read(queryOf(open), open.body)).toMatchObject(expected);
    const sealed = pack(settings, receipt(status));
    expect(sealed.body).not.toContain('oPerson');
    expect(encrypted.read(queryOf(sealed), sealed.body)).toMatchObject(expected);
  });

  it('with a forged signature, of another app or another key is refused', () => {
    const sealed = pack(settings, receipt('success'));
    const query = queryOf(sealed);
    expect(encrypted.read({ ...query, signature: 'f'.repeat(40) }, sealed.body)).toBeUndefined();
    expect(encrypted.read({ ...query, msg_signature: 'f'.repeat(40) }, sealed.body)).toBeUndefined();
    expect(encrypted.read({ ...query, nonce: 'other' }, sealed.body)).toBeUndefined();
    const { msg_signature: _dropped, ...unsigned } = query;
    expect(encrypted.read(unsigned, sealed.body)).toBeUndefined();

    const otherApp = pack({ ...settings, WECHAT_APP_ID: 'wx0002' }, receipt('success'));
    expect(encrypted.read(queryOf(otherApp), otherApp.body)).toBeUndefined();
    const otherKey = pack(
      { ...settings, WECHAT_AES_KEY: randomBytes(32).toString('base64').slice(0, 43) },
      receipt('success'),
    );
    expect(encrypted.read(queryOf(otherKey), otherKey.body)).toBeUndefined();
    const otherToken = pack({ ...plainSettings, WECHAT_TOKEN: 'guess' }, receipt('success'));
    expect(plain.read(queryOf(otherToken), otherToken.body)).toBeUndefined();
  });

  it('in plain text is not believed once a key is set, nor an encrypted one without the key', () => {
    const open = pack(plainSettings, receipt('success'));
    expect(encrypted.read(queryOf(open), open.body)).toBeUndefined();
    const sealed = pack(settings, receipt('success'));
    expect(plain.read(queryOf(sealed), sealed.body)).toBeUndefined();
  });

  it('with an id that is none is left aside', () => {
    const open = pack(plainSettings, receipt('success', '1; drop table'));
    expect(plain.read(queryOf(open), open.body)).toEqual({ kind: 'other' });
  });
});

it('comings and goings are told apart from the rest', () => {
  const tell = (event: string) => pack(plainSettings, receipt('').replace('TEMPLATESENDJOBFINISH', event));
  for (const [event, kind] of [
    ['subscribe', 'subscribed'],
    ['unsubscribe', 'unsubscribed'],
    ['CLICK', 'clicked'],
    ['VIEW', 'other'],
  ] as const) {
    const posted = tell(event);
    expect(plain.read(queryOf(posted), posted.body)).toMatchObject({ kind });
  }
});

describe('XML', () => {
  it('with a DTD or entities is not read at all', () => {
    expect(readFlatXml('<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>')).toBeUndefined();
    expect(readFlatXml('<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><A>1</A></xml>')).toBeUndefined();
    const bomb = `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">${'bcdefgh'
      .split('')
      .map((name, at) => `<!ENTITY ${name} "${`&${'abcdefg'[at]};`.repeat(10)}">`)
      .join('')}]><xml><A>&h;</A></xml>`;
    expect(readFlatXml(bomb)).toBeUndefined();
    expect(readFlatXml('<xml><A>&lt;&#x41;</A></xml>')?.get('A')).toBe('&lt;&#x41;');
  });

  it('that is deep, long, broken or something else is not read either', () => {
    expect(readFlatXml(`${'<xml>'.repeat(5000)}${'</xml>'.repeat(5000)}`)).toBeUndefined();
    expect(readFlatXml(`<xml><A>${'x'.repeat(70_000)}</A></xml>`)).toBeUndefined();
    for (const text of ['', 'hello', '{"xml":1}', '<xml><A></xml>', '<xml/>', '<other><A>1</A></other>']) {
      expect(readFlatXml(text)?.get('A')).toBeUndefined();
    }
    expect(readFlatXml('<xml><__proto__><A>1</A></__proto__></xml>')?.get('A')).toBeUndefined();
  });
});
