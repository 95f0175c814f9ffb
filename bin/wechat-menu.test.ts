import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freePort } from './embedded/ports.ts';

let partners: TestPartners;
beforeAll(async () => {
  partners = await testPartners();
});
beforeEach(() => partners.fault('wechat.menu', 'none'));
afterAll(() => partners?.stop());

/** As an operator has it: what the callback and the messages need is not asked for. */
const settings = () => ({
  WECHAT_API_URL: partners.url,
  WECHAT_APP_ID: partners.env.WECHAT_APP_ID,
  WECHAT_APP_SECRET: partners.env.WECHAT_APP_SECRET,
  PUBLIC_URL: 'https://visit.example.edu/',
});

async function run(change: Record<string, string | undefined> = {}): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['bin/wechat-menu.ts'], {
    env: { PATH: process.env.PATH, ...settings(), ...change },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

const menu = async () => (await fetch(`${partners.url}/inspect/menu`)).json();

it('gives the account its menu, and the same one when it is run again', async () => {
  const shown = /访客预约, 我的凭证, 使用帮助/;
  expect(await run()).toEqual({ code: 0, said: expect.stringMatching(shown) });
  const created = await menu();
  expect(created).toMatchObject([
    { name: '访客预约', url: 'https://visit.example.edu/wechat/oauth' },
    { name: '我的凭证', url: 'https://visit.example.edu/wechat/oauth?return=%2Fpasses' },
    { name: '使用帮助', key: 'help' },
  ]);
  expect(await run()).toMatchObject({ code: 0 });
  expect(await menu()).toEqual(created);
});

it('names every setting that is missing, and an address that no phone could open', async () => {
  const nothing = { WECHAT_APP_ID: undefined, WECHAT_APP_SECRET: '', PUBLIC_URL: undefined };
  const { code, said } = await run(nothing);
  expect(code).toBe(1);
  for (const name of Object.keys(nothing)) expect(said).toContain(`${name} is missing`);
  expect(said).not.toContain('WECHAT_TOKEN');

  const real = { WECHAT_API_URL: undefined, PUBLIC_URL: 'http://visit.example.edu' };
  expect(await run(real)).toMatchObject({ code: 1, said: expect.stringMatching(/PUBLIC_URL is not valid: .*https/) });
});

interface Trouble {
  what: string;
  mode?: string;
  change?: Record<string, string>;
  says: RegExp;
}
const troubles: Trouble[] = [
  { what: 'a wrong secret', change: { WECHAT_APP_SECRET: 'wrong' }, says: /WECHAT_APP_SECRET.*IP白名单/ },
  { what: 'an account without the right to a menu', mode: 'refuse', says: /48001.*服务号/ },
  { what: 'WeChat being busy', mode: 'busy', says: /\(-1\)\. Try again later/ },
  { what: 'an answer that is lost', mode: 'lose', says: /may be there or not: run this again/ },
];
it.each(troubles)('says what to do about $what, and no secret', async ({ mode, change, says }) => {
  await partners.fault('wechat.menu', mode ?? 'none');
  const { code, said } = await run(change);
  expect(said).toMatch(says);
  expect(said).not.toContain(settings().WECHAT_APP_SECRET);
  expect(code).toBe(1);
});

it('says that nobody is there', async () => {
  const { code, said } = await run({ WECHAT_API_URL: `http://127.0.0.1:${await freePort()}` });
  expect(said).toMatch(/cannot be reached from this machine\. Nothing was changed/);
  expect(code).toBe(1);
});

it('believes nobody who only answers, such as a network’s own login page', async () => {
  const strange = createServer((_request, response) => response.end('<html>captive portal</html>'));
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve));
  const { port } = strange.address() as AddressInfo;
  try {
    expect(await run({ WECHAT_API_URL: `http://127.0.0.1:${port}` })).toMatchObject({
      code: 1,
      said: expect.stringMatching(/gave no answer that can be read/),
    });
  } finally {
    await new Promise((resolve) => strange.close(resolve));
  }
});
