import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freePort } from './embedded/ports.ts';

let partners: TestPartners;
beforeAll(async () => {
  partners = await testPartners();
});
afterAll(() => partners?.stop());

async function run(change: Record<string, string | undefined> = {}): Promise<{ code: number | null; said: string }> {
  const settings = Object.entries(partners.env).filter(([name]) => name.startsWith('DINGTALK_'));
  const child = spawn(process.execPath, ['bin/dingtalk-callback.ts'], {
    env: {
      PATH: process.env.PATH,
      ...Object.fromEntries(settings),
      PUBLIC_URL: 'https://visit.example.edu/',
      ...change,
    },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}
const routes = async () => (await fetch(`${partners.url}/inspect/dingtalk/callbacks`)).json();

it('tells DingTalk where presses of cards go, also when it is run again', async () => {
  for (const at of ['https://visit.example.edu', 'https://another.example.edu']) {
    const address = `${at}/messengers/dingtalk`;
    expect(await run({ PUBLIC_URL: at })).toEqual({ code: 0, said: expect.stringContaining(address) });
    expect(await routes()).toEqual([['xiaomen', address]]);
  }
});

it('names what is missing, and an address that DingTalk could not reach', async () => {
  expect(await run({ DINGTALK_APP_KEY: undefined, DINGTALK_APP_SECRET: undefined })).toMatchObject({
    code: 1,
    said: expect.stringMatching(/DINGTALK_APP_KEY is missing.*DINGTALK_APP_SECRET is missing/s),
  });
  const real = { DINGTALK_API_URL: undefined, PUBLIC_URL: 'http://visit.example.edu' };
  expect(await run(real)).toMatchObject({ code: 1, said: expect.stringMatching(/PUBLIC_URL is not valid: .*https/) });
});

it('says what to do about a refusal, and no secret', async () => {
  const { code, said } = await run({ DINGTALK_APP_SECRET: 'wrong-secret' });
  expect(said).toMatch(/invalidClientIdOrSecret.*DINGTALK_APP_SECRET/);
  expect(said).not.toContain('wrong-secret');
  expect(code).toBe(1);
  expect((await run({ DINGTALK_API_URL: `http://127.0.0.1:${await freePort()}` })).said).toMatch(/Nothing was changed/);
});
