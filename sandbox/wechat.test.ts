import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TokenStore } from '../platform/access-token.ts';
import { readSettings, wechatSchema } from '../platform/config.ts';
import { createWechat, type TemplateMessage, visitorMenu } from '../platform/wechat.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';

let partners: TestPartners;
let kept: { token: string; expiresAt: Date } | undefined;
const store: TokenStore = {
  read: async () => kept,
  renew: async (ask) => {
    const brought = await ask(kept);
    if ('token' in brought) kept = brought;
    return brought;
  },
};
const connect = (changes: Record<string, string> = {}) =>
  createWechat(readSettings(wechatSchema, { ...partners.env, ...changes }), store);

beforeAll(async () => {
  partners = await testPartners('http://127.0.0.1:9');
});
afterAll(() => partners.stop());
beforeEach(async () => {
  kept = undefined;
  for (const target of ['wechat.token', 'wechat.oauth', 'wechat.send']) await partners.fault(target, 'none');
});

describe('web authorisation', () => {
  const redirect = 'http://127.0.0.1:9/wechat/oauth';

  /** Chooses a person on the authorisation page; returns where WeChat sends the browser. */
  async function choose(openid: string, authorizeUrl: string): Promise<Response> {
    return fetch(authorizeUrl, {
      method: 'POST',
      body: new URLSearchParams({ openid }),
      redirect: 'manual',
    });
  }
  async function codeFor(openid: string): Promise<string> {
    const response = await choose(openid, connect().authorizeUrl(redirect, 'state-1'));
    const back = new URL(response.headers.get('location') ?? '');
    expect(back.origin + back.pathname).toBe(redirect);
    expect(back.searchParams.get('state')).toBe('state-1');
    return back.searchParams.get('code') ?? '';
  }

  it('brings the browser back with a code that tells who it is, once', async () => {
    const { openid } = await partners.person({ nickname: '甲' });
    const code = await codeFor(openid);
    expect(await connect().exchangeCode(code)).toEqual({ ok: true, openid });
    expect(await connect().exchangeCode(code)).toEqual({ ok: false, fault: 'used_code', retry: false, errcode: 40163 });
  });

  it('refuses a made-up code, a wrong secret and a wrong app', async () => {
    const { openid } = await partners.person({ nickname: '乙' });
    expect(await connect().exchangeCode('made-up')).toMatchObject({ fault: 'bad_code', errcode: 40029 });
    const code = await codeFor(openid);
    expect(await connect({ WECHAT_APP_SECRET: 'wrong' }).exchangeCode(code)).toMatchObject({
      fault: 'bad_credentials',
    });
    expect(await connect({ WECHAT_APP_ID: 'wx00' }).exchangeCode(code)).toMatchObject({ fault: 'bad_credentials' });
    expect(await connect().exchangeCode(code)).toMatchObject({ ok: true });
  });

  it('never takes a snapshot page’s user for a person', async () => {
    const { openid } = await partners.person({ nickname: '丙' });
    await partners.fault('wechat.oauth', 'snapshot', 1);
    expect(await connect().exchangeCode(await codeFor(openid))).toMatchObject({ ok: false, fault: 'snapshot' });
  });

  it('sends nobody to another site or app', async () => {
    const { openid } = await partners.person({ nickname: '丁' });
    for (const [uri, changes] of [
      ['http://evil.example/wechat/oauth', {}],
      [redirect, { WECHAT_APP_ID: 'wx00' }],
    ] as const) {
      const response = await choose(openid, connect(changes).authorizeUrl(uri, 's'));
      expect(response.headers.get('location')).toBeNull();
      expect(await response.text()).toContain('错误');
    }
  });

  it('tells a busy WeChat from an answer that never came', async () => {
    await partners.fault('wechat.oauth', 'busy', 1);
    expect(await connect().exchangeCode('x')).toMatchObject({ fault: 'busy', retry: true });
    const code = await codeFor((await partners.person({ nickname: '戊' })).openid);
    await partners.fault('wechat.oauth', 'lose', 1);
    expect(await connect().exchangeCode(code)).toMatchObject({ fault: 'unknown', retry: true });
  });
});

describe('a template message', () => {
  let openid: string;
  let number = 0;
  const message = (changes: Partial<TemplateMessage> = {}): TemplateMessage => ({
    openid,
    template: 'approved',
    fields: {
      visitor: '林小满',
      campus: '河北科技大学新校区图书馆北侧停车场东门入口处',
      window: '09/05 15:00 – 09/05 15:30',
      code: '012345',
      status: '已通过',
    },
    url: 'http://127.0.0.1:9/passes/1',
    clientMessageId: `message-${++number}`,
    ...changes,
  });
  beforeEach(async () => {
    ({ openid } = await partners.person({ nickname: '己' }));
  });

  it('arrives as a card, its fields cut to what WeChat allows, its id not rounded', async () => {
    const sent = await connect().sendTemplate(message());
    const [card] = await partners.wechat(openid);
    if (!sent.ok || !card) throw new Error('not sent');
    expect(sent.messageId).toBe(card.id);
    expect(Number.isSafeInteger(Number(sent.messageId))).toBe(false);
    expect(card.title).toBe('来访预约操作成功通知');
    expect(card.fields).toContainEqual({ key: 'character_string4', label: '访客验证码', value: '012345' });
    expect(card.fields.find(({ label }) => label === '访问园区')?.value).toBe(
      '河北科技大学新校区图书馆北侧停车场东门…',
    );
    const page = await (await fetch(`${partners.url}/wechat/${openid}`)).text();
    expect(page).toContain('查看详情');
    expect(page).toContain('012345');
  });

  it('is delivered once for one client message id', async () => {
    const same = message();
    const first = await connect().sendTemplate(same);
    expect(await connect().sendTemplate(same)).toEqual(first);
    expect(await partners.wechat(openid)).toHaveLength(1);
    await connect().sendTemplate(message());
    expect(await partners.wechat(openid)).toHaveLength(2);
  });

  it('does not reach who does not follow, does not exist, or has no template', async () => {
    await partners.person({ openid, following: false });
    expect(await connect().sendTemplate(message())).toEqual({
      ok: false,
      fault: 'not_following',
      retry: false,
      errcode: 43004,
    });
    expect(await connect().sendTemplate(message({ openid: 'nobody' }))).toMatchObject({ fault: 'bad_openid' });
    expect(await connect().sendTemplate(message({ template: 'unheard of' }))).toMatchObject({ fault: 'bad_template' });
    await partners.person({ openid, following: true });
    const foreign = JSON.stringify({ approved: { id: 'another-account', fields: { visitor: 'thing1' } } });
    expect(await connect({ WECHAT_TEMPLATES: foreign }).sendTemplate(message())).toMatchObject({
      fault: 'bad_template',
      errcode: 40037,
    });
  });

  it('is refused when a field breaks its limit', async () => {
    const result = await connect().sendTemplate(message({ fields: { ...message().fields, code: '访客验证码' } }));
    expect(result).toMatchObject({ ok: false, fault: 'bad_field', retry: false, errcode: 47003 });
    expect(await partners.wechat(openid)).toHaveLength(0);
  });

  it('uses one token for all, and gets another once it has expired', async () => {
    await connect().sendTemplate(message());
    const first = kept?.token;
    expect(first?.length).toBeGreaterThanOrEqual(500);
    await connect().sendTemplate(message());
    expect(kept?.token).toBe(first);
    await fetch(`${partners.url}/inspect/tokens/expiry`, { method: 'POST' });
    expect(await connect().sendTemplate(message())).toMatchObject({ ok: true });
    expect(kept?.token).not.toBe(first);
    expect(await partners.wechat(openid)).toHaveLength(3);
  });

  it('replaces a token that WeChat does not know, and gives up after one try', async () => {
    kept = { token: 'made-up', expiresAt: new Date(Date.now() + 3600_000) };
    expect(await connect().sendTemplate(message())).toMatchObject({ ok: true });
    await partners.fault('wechat.send', 'token');
    expect(await connect().sendTemplate(message())).toMatchObject({ ok: false, fault: 'token', retry: true });
  });

  it('is not sent with a token that another message has just found refused', async () => {
    const many = connect();
    kept = { token: 'made-up', expiresAt: new Date(Date.now() + 3600_000) };
    const sent = await Promise.all([1, 2, 3].map(() => many.sendTemplate(message())));
    expect(sent.every(({ ok }) => ok)).toBe(true);
  });

  it('says when the app’s secret is wrong', async () => {
    expect(await connect({ WECHAT_APP_SECRET: 'wrong' }).sendTemplate(message())).toMatchObject({
      fault: 'bad_credentials',
      retry: false,
    });
  });

  it('tells what was refused from what may have arrived', async () => {
    await partners.fault('wechat.send', 'busy', 1);
    expect(await connect().sendTemplate(message())).toMatchObject({ fault: 'busy', retry: true });
    await partners.fault('wechat.send', 'quota', 1);
    expect(await connect().sendTemplate(message())).toMatchObject({ fault: 'quota', retry: true });
    await partners.fault('wechat.send', 'refuse', 1);
    expect(await connect().sendTemplate(message())).toMatchObject({ fault: 'no_permission', retry: false });
    expect(await partners.wechat(openid)).toHaveLength(0);

    const lost = message();
    await partners.fault('wechat.send', 'lose', 1);
    expect(await connect().sendTemplate(lost)).toMatchObject({ fault: 'unknown', retry: true });
    expect(await partners.wechat(openid)).toHaveLength(1);
    expect(await connect().sendTemplate(lost)).toMatchObject({ ok: true });
    expect(await partners.wechat(openid)).toHaveLength(1);
  });

  it('does not wait for ever', async () => {
    await connect().sendTemplate(message());
    await partners.fault('wechat.send', 'hang', 1);
    expect(await connect().sendTemplate(message())).toMatchObject({ fault: 'unknown', retry: true });
  });

  it('knows when nobody is there at all', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    expect(await connect({ WECHAT_API_URL: `http://127.0.0.1:${port}` }).exchangeCode('x')).toMatchObject({
      fault: 'unreachable',
    });
  });

  it('believes no answer that is not WeChat’s', async () => {
    const strange = createServer((_request, response) => response.end('<html>captive portal</html>'));
    await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
    const { port } = strange.address() as AddressInfo;
    expect(await connect({ WECHAT_API_URL: `http://127.0.0.1:${port}` }).exchangeCode('x')).toMatchObject({
      fault: 'unknown',
    });
    await new Promise((resolve) => strange.close(resolve));
  });
});

describe('the account’s menu', () => {
  it('is what the command creates, and replaced by the next', async () => {
    expect(await connect().createMenu(visitorMenu('https://visit.example.edu'))).toEqual({ ok: true });
    const menu = await (await fetch(`${partners.url}/inspect/menu`)).json();
    expect(menu).toMatchObject([
      { type: 'view', name: '访客预约', url: 'https://visit.example.edu/wechat/oauth' },
      { type: 'view', name: '我的凭证' },
      { type: 'click', name: '使用帮助', key: 'help' },
    ]);
    expect(await connect().createMenu(visitorMenu('http://127.0.0.1:9'))).toEqual({ ok: true });
  });

  it('is refused with too many entries, too long a name or no address', async () => {
    const entry = { type: 'view', name: '访客预约', url: 'https://visit.example.edu' } as const;
    const refused = async (entries: Parameters<ReturnType<typeof connect>['createMenu']>[0]) =>
      (await connect().createMenu(entries)) as { errcode?: number };
    expect((await refused([entry, entry, entry, entry])).errcode).toBe(40016);
    expect((await refused([{ ...entry, name: '访客预约与园区通行' }])).errcode).toBe(40018);
    expect((await refused([{ ...entry, url: 'nowhere' }])).errcode).toBe(40054);
  });
});
