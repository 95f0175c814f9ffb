import { type AddressInfo, createServer } from 'node:net';
import { load } from 'cheerio';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messengerSchema, readSettings } from '../platform/config.ts';
import { createMessengers, type Messenger, type MessengerMessage } from '../platform/messengers.ts';
import { memoryTokens } from '../testing/memory-tokens.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';

let partners: TestPartners;
let last = 0;
let user: string;

/** A process with tokens of its own. */
function connect(changes: Record<string, string> = {}): Messenger {
  const settings = readSettings(messengerSchema, { ...partners.env, ...changes });
  const { wecom } = createMessengers(settings, memoryTokens());
  if (!wecom) throw new Error('WeCom is not set up');
  return wecom;
}
const once = () => String(++last).padStart(32, '0');
const message: MessengerMessage = {
  title: '来访待审批：张*三，9月5日 15:00–15:30',
  text: '有一件来访预约等待您审批。',
  facts: [
    { name: '来访人', value: '张*三' },
    { name: '园区', value: '南校区' },
  ],
  open: { words: '登录查看', url: 'https://visits.example.edu/inbox/1' },
};
const token = 'x'.repeat(43);
const card: MessengerMessage = { ...message, approve: { words: '同意', token } };

beforeAll(async () => {
  partners = await testPartners();
});
afterAll(() => partners.stop());
beforeEach(async () => {
  user = `u${++last}`;
  await partners.officeUser('wecom', user);
  await partners.fault('wecom.token', 'none');
  await partners.fault('wecom.send', 'none');
});

describe('a message', () => {
  it('without a button is a text card that leads on', async () => {
    expect(await connect().send(user, message, once())).toMatchObject({ ok: true, messageId: expect.any(String) });
    const [shown] = await partners.office('wecom', user);
    expect(shown).toMatchObject({ title: message.title, open: { words: '登录查看' } });
    expect(shown?.open?.url).toMatch(/^https:\/\/visits\.example\.edu\/inbox\/1#m-/);
    expect(shown?.text).toContain('园区 南校区');
    expect(shown?.button).toBeUndefined();
    const page = load(await (await fetch(`${partners.url}/office/wecom/${user}`)).text());
    expect(page('.card h2').text()).toBe(message.title);
  });

  it('with one is a card whose button carries the secret, beside the way to the login', async () => {
    await connect().send(user, card, once());
    const [shown] = await partners.office('wecom', user);
    expect(shown).toMatchObject({
      facts: message.facts,
      button: { words: '同意', key: token },
      open: { words: '登录查看', url: 'https://visits.example.edu/inbox/1' },
    });
  });

  it('that leads nowhere is a text', async () => {
    await connect().send(user, { title: '验证码', text: '123456', facts: [] }, once());
    expect((await partners.office('wecom', user))[0]).toMatchObject({ title: '验证码', text: '123456' });
  });

  it('fits, however long its words are, in both scripts', async () => {
    const long = {
      title: '很长的标题'.repeat(60),
      text: 'A rather long sentence. '.repeat(40),
      facts: Array.from({ length: 9 }, () => ({ name: 'A name of many words', value: '很长的值'.repeat(30) })),
      open: { words: 'Log in to see it', url: message.open?.url ?? '' },
    };
    for (const one of [long, { ...long, approve: { words: 'Approve this very visit', token } }]) {
      expect(await connect().send(user, one, once())).toMatchObject({ ok: true });
    }
    expect(await partners.office('wecom', user)).toHaveLength(2);
  });

  it('reads as text, whatever a name looks like', async () => {
    await connect().send(user, { ...message, facts: [{ name: '园区', value: '<a href="x">南</a>' }] }, once());
    const [shown] = await partners.office('wecom', user);
    expect(shown?.text).toContain('＜a href="x"＞南＜/a＞');
  });

  it.each([
    ['a text card', message],
    ['a card', card],
  ])('that is sent again as the same is delivered once: %s', async (_, one) => {
    const key = once();
    await partners.fault('wecom.send', 'lose', 1);
    expect(await connect().send(user, one, key)).toMatchObject({ ok: false, fault: 'unknown' });
    expect(await connect().send(user, one, key)).toMatchObject({ ok: true });
    expect(await partners.office('wecom', user)).toHaveLength(1);
  });

  it('that says the same of another moment is another message', async () => {
    await connect().send(user, message, once());
    await connect().send(user, message, once());
    expect(await partners.office('wecom', user)).toHaveLength(2);
  });
});

describe('what 企业微信 refuses', () => {
  it('is a user that nobody is, or who is gone', async () => {
    const gone = { ok: false, fault: 'no_user', retry: false, code: '81013' };
    expect(await connect().send('nobody', message, once())).toEqual(gone);
    await partners.officeUser('wecom', user, true);
    expect(await connect().send(user, message, once())).toEqual(gone);
  });

  it.each([
    ['another secret', { WECOM_SECRET: 'wrong' }, '40001'],
    ['another organisation', { WECOM_CORP_ID: 'wwother' }, '40013'],
    ['another app', { WECOM_AGENT_ID: '1000003' }, '301002'],
  ])('is %s: somebody has to look at the settings', async (_, changes, code) => {
    const failure = { ok: false, fault: 'misconfigured', retry: false, code };
    expect(await connect(changes).send(user, message, once())).toEqual(failure);
  });

  it.each([
    ['busy', 'busy', '-1'],
    ['quota', 'busy', '45009'],
  ])('for now is tried again: %s', async (mode, fault, code) => {
    await partners.fault('wecom.send', mode, 1);
    expect(await connect().send(user, message, once())).toEqual({ ok: false, fault, retry: true, code });
  });

  it('is an old token, which is fetched anew without anybody noticing', async () => {
    const wecom = connect();
    await wecom.send(user, message, once());
    await fetch(`${partners.url}/inspect/wecom/tokens/expiry`, { method: 'POST' });
    expect(await wecom.send(user, message, once())).toMatchObject({ ok: true });
    expect(await partners.office('wecom', user)).toHaveLength(2);
  });

  it('is an address that may not ask for a token', async () => {
    await partners.fault('wecom.token', 'refuse', 1);
    expect(await connect().send(user, message, once())).toMatchObject({ fault: 'misconfigured', code: '60020' });
  });
});

it('a token that is asked for in vain sent nothing: it is tried again', async () => {
  await partners.fault('wecom.token', 'lose', 1);
  expect(await connect().send(user, message, once())).toMatchObject({ fault: 'busy', retry: true });
});

it('nobody there is nobody who has it', async () => {
  const closed = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => closed.once('listening', resolve));
  const { port } = closed.address() as AddressInfo;
  closed.close();
  const sent = await connect({ WECOM_API_URL: `http://127.0.0.1:${port}` }).send(user, message, once());
  expect(sent).toMatchObject({ ok: false, fault: 'unreachable', retry: true });
});

it('a probe says whether the credentials are taken', async () => {
  expect(await connect().probe()).toEqual({ ok: true });
  expect(await connect({ WECOM_SECRET: 'wrong' }).probe()).toMatchObject({ ok: false, fault: 'misconfigured' });
});

it('without its settings there is none', () => {
  expect(createMessengers(readSettings(messengerSchema, {}), memoryTokens())).toEqual({});
});
