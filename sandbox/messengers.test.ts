import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../bin/embedded/ports.ts';
import { messengerSchema, readSettings } from '../platform/config.ts';
import { createMessengers, type Messenger, type MessengerMessage } from '../platform/messengers.ts';
import { memoryTokens } from '../testing/memory-tokens.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';

/** Every messenger behaves alike to whoever hands a message over: the clients against what their messengers refuse. */

let partners: TestPartners;
let last = 0;
let user: string;
beforeAll(async () => {
  partners = await testPartners();
});
afterAll(() => partners.stop());

const token = randomBytes(32).toString('base64url');
const once = () => randomBytes(16).toString('hex');
const message = {
  title: '来访待审批：欧**满',
  text: '有一件来访预约等待您审批。',
  facts: [{ name: '园区', value: '主校区' }],
  open: { words: '登录查看', url: 'https://visits.example.edu/inbox/1' },
  approve: { words: '同意', token },
} satisfies MessengerMessage;

const cases = [
  { name: 'wecom', wrong: { WECOM_SECRET: 'wrong' }, says: '40001', nobody: '81013', refusal: 'misconfigured' },
  { name: 'feishu', wrong: { FEISHU_APP_SECRET: 'wrong' }, says: '10014', nobody: '230034', refusal: 'refused' },
  {
    name: 'dingtalk',
    wrong: { DINGTALK_APP_SECRET: 'wrong' },
    says: 'invalidClientIdOrSecret',
    nobody: 'param.userIdNotExist',
    refusal: 'refused',
  },
] as const;

describe.each(cases)('$name', ({ name, wrong, says, nobody, refusal }) => {
  /** A process with tokens of its own. */
  function connect(changes: Record<string, string> = {}, tokens = memoryTokens()): Messenger {
    const made = createMessengers(readSettings(messengerSchema, { ...partners.env, ...changes }), tokens)[name];
    if (!made) throw new Error('It is not set up');
    return made;
  }
  const shown = () => partners.office(name, user);
  beforeEach(async () => {
    user = `u${++last}`;
    await partners.officeUser(name, user);
    for (const of of ['token', 'send']) await partners.fault(`${name}.${of}`, 'none');
  });

  it('hands a message over with what it says, its button and its link', async () => {
    expect(await connect().send(user, message, once())).toEqual({ ok: true, messageId: expect.any(String) });
    const [card] = await shown();
    expect(card).toMatchObject({ title: message.title, open: message.open, button: { words: '同意', key: token } });
    const words = [card?.text, ...(card?.facts ?? []).map((fact) => `${fact.name} ${fact.value}`)].join('\n');
    expect(words).toBe(`${message.text}\n园区 主校区`);
  });

  it('hands one over that decides nothing, and one that leads nowhere', async () => {
    const { approve: _no, ...news } = message;
    await connect().send(user, news, once());
    await connect().send(user, { title: '验证码', text: '123456', facts: [] }, once());
    const [code, told] = await shown();
    expect(told?.button).toBeUndefined();
    expect(told?.open?.url).toContain(message.open.url);
    expect(code).toMatchObject({ title: '验证码', text: '123456' });
    expect(code?.button ?? code?.open).toBeUndefined();
  });

  it('delivers the same message once, also when the answer to the first was lost', async () => {
    const number = once();
    await partners.fault(`${name}.send`, 'lose', 1);
    expect(await connect().send(user, message, number)).toMatchObject({ ok: false, fault: 'unknown' });
    for (const _ of [1, 2]) expect(await connect().send(user, message, number)).toMatchObject({ ok: true });
    expect(await shown()).toHaveLength(1);
    await connect().send(user, message, once());
    expect(await shown()).toHaveLength(2);
  });

  it('takes words of any length, as words', async () => {
    const words = '[点我](http://evil.example)**粗**<a href="x">南</a>';
    const long = { ...message, title: words.repeat(20), text: words.repeat(60) };
    const facts = Array.from({ length: 6 }, (_, at) => ({ name: `第${at}项的名称`, value: '长'.repeat(600) }));
    expect(await connect().send(user, { ...long, facts }, once())).toMatchObject({ ok: true });
    expect((await shown())[0]?.title).toContain('[点我](http://evil.example)');
  });

  it('says that nobody has this user id, or that its owner is gone', async () => {
    const gone = { ok: false, fault: 'no_user', retry: false };
    expect(await connect().send('nobody', message, once())).toEqual({ ...gone, code: nobody });
    await partners.officeUser(name, user, true);
    expect(await connect().send(user, message, once())).toMatchObject(gone);
  });

  it('asks once for a token, and for another one when its time is over', async () => {
    const tokens = memoryTokens();
    await connect({}, tokens).send(user, message, once());
    await partners.fault(`${name}.token`, 'refuse');
    expect(await connect({}, tokens).send(user, message, once())).toMatchObject({ ok: true });
    await partners.fault(`${name}.token`, 'none');
    await fetch(`${partners.url}/inspect/${name}/tokens/expiry`, { method: 'POST' });
    expect(await connect({}, tokens).send(user, message, once())).toMatchObject({ ok: true });
    expect(await shown()).toHaveLength(3);
  });

  it.each([
    ['quota', 'busy', true],
    ['busy', 'busy', true],
    // Also a token that was fetched a moment ago.
    ['token', 'busy', true],
    ['refuse', refusal, false],
  ])('tells %s from what was taken', async (mode, fault, retry) => {
    await partners.fault(`${name}.send`, mode);
    expect(await connect().send(user, message, once())).toMatchObject({ ok: false, fault, retry });
    expect(await shown()).toEqual([]);
  });

  it('comes later where a token is not to be had: nothing was sent yet', async () => {
    for (const mode of ['busy', 'lose']) {
      await partners.fault(`${name}.token`, mode, 1);
      expect(await connect().send(user, message, once())).toMatchObject({ ok: false, fault: 'busy', retry: true });
    }
    expect(await shown()).toEqual([]);
  });

  it('says that its settings are wrong, and that nobody is there', async () => {
    const misconfigured = { ok: false, fault: 'misconfigured', retry: false, code: says };
    expect(await connect(wrong).send(user, message, once())).toEqual(misconfigured);
    expect(await connect(wrong).probe()).toEqual(misconfigured);
    expect(await connect().probe()).toEqual({ ok: true });
    const away = { [`${name.toUpperCase()}_API_URL`]: `http://127.0.0.1:${await freePort()}` };
    expect(await connect(away).send(user, message, once())).toMatchObject({ fault: 'unreachable', retry: true });
  });
});

it('a card that did not arrive in 钉钉 is not told as one that did', async () => {
  await partners.officeUser('dingtalk', 'away');
  await partners.fault('dingtalk.send', 'failed', 1);
  const { dingtalk } = createMessengers(readSettings(messengerSchema, partners.env), memoryTokens());
  expect(await dingtalk?.send('away', message, once())).toMatchObject({ ok: false, fault: 'refused' });
});
