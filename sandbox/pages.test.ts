import { request } from 'node:http';
import { load } from 'cheerio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SandboxSettings } from '../platform/config.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { startSandbox } from './start.ts';

let partners: TestPartners;
beforeAll(async () => {
  partners = await testPartners('http://127.0.0.1:9');
});
afterAll(() => partners.stop());

const open = async (path: string) => load(await (await fetch(partners.url + path)).text());
const press = (path: string, fields: Record<string, string>) =>
  fetch(partners.url + path, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

it('runs in demo mode on loopback only', async () => {
  const production = { ...partners.settings, XIAOMEN_MODE: 'production' } as unknown as SandboxSettings;
  await expect(startSandbox(production)).rejects.toThrow('demo mode');
  const open = { ...partners.settings, SANDBOX_HOST: '0.0.0.0' } as unknown as SandboxSettings;
  await expect(startSandbox(open)).rejects.toThrow('127.0.0.1');
});

it('answers to no other name', async () => {
  const status = await new Promise((resolve, reject) => {
    request(partners.url, { headers: { host: 'rebound.example' } }, (response) => resolve(response.statusCode))
      .on('error', reject)
      .end();
  });
  expect(status).toBe(421);
});

it('is changed by no page from elsewhere', async () => {
  const post = (site: string) =>
    fetch(`${partners.url}/faults`, {
      method: 'POST',
      headers: { 'sec-fetch-site': site },
      body: new URLSearchParams({ target: 'sms.send', mode: 'none' }),
      redirect: 'manual',
    });
  expect((await post('cross-site')).status).toBe(403);
  expect((await post('same-site')).status).toBe(403);
  expect((await post('same-origin')).status).toBe(303);
});

it('lets a person follow, leave and refuse messages', async () => {
  const { openid } = await partners.person({ nickname: '<b>小满</b>' });
  let page = await open(`/wechat/${openid}`);
  expect(page('.who').text()).toContain('<b>小满</b> 的微信 · 已关注');
  await press(`/wechat/${openid}/blocking`, { blocking: 'yes' });
  page = await open(`/wechat/${openid}`);
  expect(page('.who').text()).toContain('拒收消息');
  await press(`/wechat/${openid}/following`, { following: 'no' });
  page = await open(`/wechat/${openid}`);
  expect(page('.who').text()).toContain('未关注');
  expect(page('.menu')).toHaveLength(0);
});

it('leads from the account’s menu through authorisation without asking who it is', async () => {
  const { openid } = await partners.person({ nickname: '小满' });
  const menu = await fetch(`${partners.url}/wechat/${openid}/menu`, { redirect: 'manual' });
  expect(menu.headers.get('location')).toBe('http://127.0.0.1:9/wechat/oauth');
  const cookie = menu.headers.get('set-cookie')?.split(';')[0] ?? '';
  const query = new URLSearchParams({
    appid: partners.env.WECHAT_APP_ID ?? '',
    redirect_uri: 'http://127.0.0.1:9/wechat/oauth',
    response_type: 'code',
    scope: 'snsapi_base',
    state: 's',
  });
  const authorize = `${partners.url}/connect/oauth2/authorize?${query}`;
  const back = await fetch(authorize, { headers: { cookie }, redirect: 'manual' });
  expect(back.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:9\/wechat\/oauth\?code=\w+&state=s$/);
  const asked = load(await (await fetch(authorize)).text());
  expect(asked('button').text()).toContain('小满');
});

it('shows and sets its faults', async () => {
  await press('/faults', { target: 'sms.send', mode: 'busy' });
  const page = await open('/');
  expect(page('#sms-send option[selected]').attr('value')).toBe('busy');
  await press('/faults', { target: 'sms.send', mode: 'none' });
  await expect(partners.fault('sms.send', 'unheard of')).rejects.toThrow('422');
});

it('finds a phone by its number, and says when nothing has come', async () => {
  const found = await fetch(`${partners.url}/phone?number=13900000000`, { redirect: 'manual' });
  expect(found.headers.get('location')).toBe('/phone/13900000000');
  expect((await open('/phone/13900000000'))('.empty').text()).toContain('还没有短信');
});

it('opens what a person scans as that person, and nothing of another site', async () => {
  const { openid } = await partners.person({});
  const scan = (address: string) => fetch(`${partners.url}/wechat/${openid}/scan?${new URLSearchParams({ address })}`);
  const opened = await scan('http://127.0.0.1:9/staff/wechat/codes/x');
  expect(load(await opened.text())('nav a').attr('href')).toBe('http://127.0.0.1:9/staff/wechat/codes/x');
  expect(opened.headers.get('set-cookie')).toContain(openid);
  expect((await scan('https://elsewhere.example/')).status).toBe(422);
});
