import { createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { pack } from '../../sandbox/feishu/envelope.ts';
import { messengerSchema, readSettings } from '../config.ts';
import { createMessengers } from '../messengers.ts';
import type { CallbackRequest, Messenger } from './messenger.ts';

/** What comes from Feishu and DingTalk is believed on the bytes that were signed, and on nothing else. */

const env = {
  FEISHU_APP_ID: 'cli_a5000000',
  FEISHU_APP_SECRET: 's',
  FEISHU_ENCRYPT_KEY: 'an-encrypt-key',
  FEISHU_VERIFICATION_TOKEN: 'a-verification-token',
  DINGTALK_APP_KEY: 'ding0001',
  DINGTALK_APP_SECRET: 's',
  DINGTALK_CARD_TEMPLATE: 't.schema',
  DINGTALK_CARD_SECRET: 'a-secret-of-thirty-two-characters',
};
const nowhere = () => ({ read: async () => undefined, renew: async () => undefined });
const made = createMessengers(readSettings(messengerSchema, env), nowhere);
const of = (name: 'feishu' | 'dingtalk'): Messenger => made[name] ?? expect.fail('It is not set up');
const post = ({ headers, body }: { headers: Record<string, string>; body: string }): CallbackRequest => ({
  method: 'POST',
  query: {},
  headers,
  body: Buffer.from(body),
});
const token = randomBytes(32).toString('base64url');
const refused = { kind: 'refused' };

describe('Feishu', () => {
  const press = (change: { header?: object; event?: object } = {}) => ({
    schema: '2.0',
    header: {
      event_type: 'card.action.trigger',
      token: env.FEISHU_VERIFICATION_TOKEN,
      app_id: env.FEISHU_APP_ID,
      ...change.header,
    },
    event: {
      operator: { user_id: 'approver', open_id: 'ou_1' },
      action: { value: { token }, tag: 'button' },
      context: { open_message_id: 'om_1' },
      ...change.event,
    },
  });
  const made = (event: unknown, how: Parameters<typeof pack>[2] = {}) => post(pack(env.FEISHU_ENCRYPT_KEY, event, how));
  const read = (request: CallbackRequest) => of('feishu').read(request);

  it('says who pressed what', () => {
    const wanted = { kind: 'pressed', press: { user: 'approver', token, card: 'om_1' } };
    expect(read(made(press()))).toEqual(wanted);
  });

  it.each([
    ['a forged signature', () => made(press(), { forged: true })],
    ['no signature', () => made(press(), { unsigned: true })],
    ['an old signature', () => made(press(), { at: Math.floor(Date.now() / 1000) - 3600 })],
    ['a time that is none', () => made(press(), { at: Number.NaN })],
    ['another encrypt key', () => post(pack('another-key', press(), {}))],
    ['the token of another app', () => made(press({ header: { token: 'guessed' } }))],
    ['another app', () => made(press({ header: { app_id: 'cli_other' } }))],
    ['plain text', () => ({ ...made(press()), body: Buffer.from(JSON.stringify(press())) })],
    [
      'other bytes than were signed',
      () => ({ ...made(press()), body: Buffer.concat([made(press()).body, Buffer.from(' ')]) }),
    ],
    ['no JSON', () => ({ ...made(press()), body: Buffer.from('<xml/>') })],
    ['nothing sealed', () => ({ ...made(press()), body: Buffer.from('{"encrypt":"AAAA"}') })],
    ['a GET', () => ({ ...made(press()), method: 'GET' as const, body: Buffer.alloc(0) })],
  ])('refuses %s', (_what, request) => {
    expect(read(request())).toEqual(refused);
  });

  it('gives the challenge back to who could seal it, and to nobody else', () => {
    const trial = { type: 'url_verification', challenge: 'c-1', token: env.FEISHU_VERIFICATION_TOKEN };
    const answer = { type: 'application/json', body: '{"challenge":"c-1"}' };
    expect(read(made(trial, { unsigned: true }))).toEqual({ kind: 'answered', answer });
    expect(read(made({ ...trial, token: 'guessed' }))).toEqual(refused);
    expect(read({ ...made(trial), body: Buffer.from(JSON.stringify(trial)) })).toEqual(refused);
  });

  it('leaves aside what is no press, or does not say who', () => {
    const aside = { kind: 'answered', answer: { type: 'application/json', body: '{}' } };
    expect(read(made(press({ header: { event_type: 'im.message.receive_v1' } })))).toEqual(aside);
    expect(read(made(press({ event: { operator: { open_id: 'ou_1' } } })))).toEqual(aside);
    expect(read(made(press({ event: { action: { value: {} } } })))).toEqual(aside);
  });
});

describe('DingTalk', () => {
  const content = (params: object) => JSON.stringify({ cardPrivateData: { actionIds: ['1'], params } });
  const press = (change: object = {}) => ({
    type: 'actionCallback',
    outTrackId: 'card-1',
    corpId: 'ding',
    userId: 'approver',
    content: content({ token }),
    ...change,
  });
  const made = (body: unknown, { at = String(Date.now()), secret = env.DINGTALK_CARD_SECRET } = {}) =>
    post({
      headers: {
        'x-ddpaas-signature-timestamp': at,
        'x-ddpaas-signature': createHmac('sha256', secret).update(at).digest('base64'),
      },
      body: JSON.stringify(body),
    });
  const read = (request: CallbackRequest) => of('dingtalk').read(request);

  it('says who pressed what', () => {
    const wanted = { kind: 'pressed', press: { user: 'approver', token, card: 'card-1' } };
    expect(read(made(press()))).toEqual(wanted);
  });

  it.each([
    ['a forged signature', () => made(press(), { secret: 'another-secret-of-32-characters--' })],
    ['no signature', () => ({ ...made(press()), headers: {} })],
    ['an old signature', () => made(press(), { at: String(Date.now() - 3600_000) })],
    ['a time in seconds', () => made(press(), { at: String(Math.floor(Date.now() / 1000)) })],
    ['a time that is none', () => made(press(), { at: 'now' })],
    ['a GET', () => ({ ...made(press()), method: 'GET' as const })],
  ])('refuses %s', (_what, request) => {
    expect(read(request())).toEqual(refused);
  });

  it.each([
    ['another kind of event', press({ type: 'dynamicDataCallback' })],
    ['a press without a token', press({ content: content({ action: 'accept' }) })],
    ['a press by nobody', press({ userId: '' })],
    ['content that is none', press({ content: '{' })],
    ['no object', []],
  ])('leaves aside %s', (_what, body) => {
    expect(read(made(body))).toMatchObject({ kind: 'answered', answer: { body: '{}' } });
  });
});
