import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoPartnerSettings, demoSecrets } from '../sandbox/demo-settings.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { testTemporal } from '../testing/temporal.ts';
import { seedDemo } from './seed.ts';

let database: TestDatabase;
let env: Record<string, string>;
const partner = createServer((_, response) => response.end());

beforeAll(async () => {
  const [fresh, engine, keys] = await Promise.all([freshDatabase(), testTemporal(), testKeys()]);
  database = fresh;
  await seedDemo(database.owner, keys.folders);
  await database.owner('gate').update({ retired_at: new Date() });
  await new Promise<void>((resolve) => partner.listen(0, '127.0.0.1', resolve));
  env = {
    PATH: process.env.PATH ?? '',
    XIAOMEN_MODE: 'demo',
    KEYS_DIR: keys.folders.web,
    ...{ OPS_PORT: '1', WEB_PORT: '1', PUBLIC_URL: 'http://127.0.0.1:1' },
    ...{ DATABASE_URL: database.url, TEMPORAL_ADDRESS: engine.address, TEMPORAL_NAMESPACE: engine.namespace },
    ...demoPartnerSettings(`http://127.0.0.1:${(partner.address() as AddressInfo).port}`, demoSecrets()),
  };
});
afterAll(async () => {
  partner.close();
  await database?.drop();
});

async function examine(more: Record<string, string>): Promise<{ code: number; said: string }> {
  const run = promisify(execFile)(process.execPath, ['bin/doctor.ts'], { env: { ...env, ...more } });
  const { code = 0, stdout } = await run.catch((error) => error);
  return { code, said: stdout };
}

it('finds nothing wrong with a complete installation, and shows no secret', async () => {
  const { code, said } = await examine({});
  expect(said).toContain('Everything is in order.');
  expect(code).toBe(0);
  expect(said).toMatch(/ok +schema +up to date/);
  expect(said).toMatch(/ok +database role +xiaomen, which may only insert into the audit/);
  expect(said).toMatch(/ok +namespace .*90 days/);
  for (const secret of [env.WECHAT_APP_SECRET, env.SMS_SECRET_KEY, env.DATABASE_URL])
    expect(said).not.toContain(secret);
});

it.each([
  ['a malformed setting by its name', { WEB_PORT: 'eighty' }, /FAULT +WEB_PORT +is not valid/],
  ['a missing setting by its name', { PUBLIC_URL: '' }, /FAULT +PUBLIC_URL +is missing/],
  ['an engine that is not there', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, /FAULT +Temporal +nothing answers at 127/],
  ['a namespace nobody made', { TEMPORAL_NAMESPACE: 'nobodys' }, /FAULT +namespace +nobodys does not exist: run/],
  [
    'a template that is missing abroad',
    { SMS_TEMPLATES_ABROAD: '{"login":"1"}' },
    /FAULT +SMS_TEMPLATES_ABROAD +is not valid: approved is missing/,
  ],
  [
    'a template of the mainland abroad',
    { SMS_TEMPLATE_LOGIN: '3000001' },
    /FAULT +SMS abroad +has the mainland's template of SMS_TEMPLATE_LOGIN/,
  ],
  ['a partner that is not there', { SMS_ENDPOINT: 'http://127.0.0.1:1' }, /FAULT +SMS +127.0.0.1:1 does not answer/],
  ['an address nobody outside reaches', { XIAOMEN_MODE: 'production' }, /FAULT +PUBLIC_URL .*https address/],
])('reports %s', async (_, more, expected) => {
  const { code, said } = await examine(more);
  expect(said).toMatch(expected);
  expect(code).toBe(1);
});

it('says what numbers abroad get, and that they get nothing without templates of their own', async () => {
  expect((await examine({})).said).toMatch(/ok +SMS abroad +a template for each text/);
  const { code, said } = await examine({ SMS_TEMPLATES_ABROAD: '' });
  expect(said).toMatch(/ok +SMS abroad +SMS_TEMPLATES_ABROAD is not set: numbers outside \+86 get no text/);
  expect(code).toBe(0);
});

it('reports a role that could rewrite the audit', async () => {
  expect((await examine({ DATABASE_URL: database.ownerUrl })).said).toMatch(/FAULT +database role .*may rewrite/);
});
