import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { demoPartnerSettings, demoSecrets } from '../sandbox/demo-settings.ts';
import { fitKeys } from '../store/keys/key-fit.ts';
import { testKeys } from '../testing/keys.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { tableCounts } from '../testing/table-counts.ts';
import { testTemporal } from '../testing/temporal.ts';
import { seedDemo } from './seed.ts';

let database: TestDatabase;
let env: Record<string, string>;
let partners: TestPartners;
/** Of another installation. */
let others: Awaited<ReturnType<typeof testKeys>>;

beforeAll(async () => {
  const [fresh, engine, keys, spoken] = await Promise.all([
    freshDatabase(),
    testTemporal(),
    testKeys(),
    testPartners(),
  ]);
  database = fresh;
  partners = spoken;
  await seedDemo(database.owner, keys.folders);
  await fitKeys(database.db, keys.web);
  others = await testKeys([]);
  await database.owner('gate').update({ retired_at: new Date() });
  env = {
    PATH: process.env.PATH ?? '',
    XIAOMEN_MODE: 'demo',
    KEYS_DIR: keys.folders.web,

    OPS_PORT: '1',
    WEB_PORT: '1',
    PUBLIC_URL: 'http://127.0.0.1:1',

    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: engine.address,
    TEMPORAL_NAMESPACE: engine.namespace,
    ...partners.env,
  };
});
afterAll(async () => {
  await partners?.stop();
  await database?.drop();
});

async function examine(more: Record<string, string>, words: string[] = []): Promise<{ code: number; said: string }> {
  const run = promisify(execFile)(process.execPath, ['bin/doctor.ts', ...words], { env: { ...env, ...more } });
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
  expect(said).toMatch(/ok +keys and database +fingerprints of field, index, codec, .* fit/);
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
    /FAULT +SMS_TEMPLATES_ABROAD +is not valid: account is missing/,
  ],
  [
    'a template of the mainland abroad',
    { SMS_TEMPLATES_ABROAD: demoPartnerSettings('', demoSecrets()).SMS_TEMPLATES ?? '' },
    /FAULT +SMS abroad +has the mainland's template of login, account, /,
  ],
  ['a partner that is not there', { SMS_ENDPOINT: 'http://127.0.0.1:1' }, /FAULT +SMS +127.0.0.1:1 does not answer/],
  ['an address nobody outside reaches', { XIAOMEN_MODE: 'production' }, /FAULT +PUBLIC_URL .*https address/],
])('reports %s', async (_, more, expected) => {
  const { code, said } = await examine(more);
  expect(said).toMatch(expected);
  expect(code).toBe(1);
});

it('looks at everything else beside a bad setting', async () => {
  const { said } = await examine({ WEB_PORT: 'eighty', SMS_ENDPOINT: 'nowhere', DATABASE_OWNER_URL: 'mysql://x' });
  expect(said).toMatch(/FAULT +WEB_PORT/);
  expect(said).toMatch(/ok +PostgreSQL +version/);
  expect(said).toMatch(/ok +Temporal +server/);
  expect(said).toMatch(/skipped +SMS +looked at once SMS_ENDPOINT is right/);
  expect(said).toMatch(/FAULT +DATABASE_OWNER_URL +is not valid/);
  expect(said).toContain('3 faults.');
});

it('says of the schema’s owner whether it may make tables, and shows no password', async () => {
  expect((await examine({})).said).toMatch(/ok +database owner +DATABASE_OWNER_URL is not set/);
  const owner = await examine({ DATABASE_OWNER_URL: database.ownerUrl });
  expect(owner.said).toMatch(/ok +database owner .*who may make tables/);
  expect(owner.said).not.toContain(database.ownerUrl);
  expect((await examine({ DATABASE_OWNER_URL: database.url })).said).toMatch(
    /FAULT +database owner .*may not make tables/,
  );
  const nowhere = await examine({ DATABASE_URL: 'postgres://nobody@localhost:1/none' });
  expect(nowhere.said).toMatch(/FAULT +schema +nothing answers at localhost:1: correct DATABASE_URL/);
});

it('names the settings of a gate, and looks at a gate where they are', async () => {
  expect((await examine({})).said).toMatch(/gate +GATE_ID, GATE_STORE, .*FEED_URL.* are set where a gate runs/);
  const { folders } = await testKeys();
  const folder = folders.gates.south?.folder ?? '';
  const { PATH = '', XIAOMEN_MODE = '', TEMPORAL_ADDRESS = '', SMS_ENDPOINT = '' } = env;
  const gate = {
    PATH,
    XIAOMEN_MODE,
    DOOR_URL: `http://${TEMPORAL_ADDRESS}`,
    KEYS_DIR: folder,
    OPS_PORT: '1',
    FEED_URL: SMS_ENDPOINT,

    GATE_ID: 'south',
    GATE_PORT: '1',
    GATE_STORE: `${folder}/store.db`,
  };
  const doctor = async (changed: Record<string, string>) => {
    const run = promisify(execFile)(process.execPath, ['bin/doctor.ts'], { env: { ...gate, ...changed } });
    return (await run.catch((error) => error)).stdout as string;
  };
  const said = await doctor({});
  expect(said).toContain('Everything is in order.');
  expect(said).toMatch(/ok +feed +127.0.0.1:\d+ answers/);
  expect(said).not.toContain('DATABASE_URL');
  const wrong = await doctor({
    GATE_PORT: 'x',
    GATE_STORE: '/nowhere/store.db',
    FEED_URL: 'http://127.0.0.1:1',
    DOOR_URL: 'http://127.0.0.1:1',
  });
  expect(wrong).toMatch(/FAULT +GATE_PORT/);
  expect(wrong).toMatch(/FAULT +store +\/nowhere is not there/);
  expect(wrong).toMatch(/FAULT +feed +127.0.0.1:1 does not answer/);
  expect(wrong).toMatch(/FAULT +door +nothing answers at 127.0.0.1:1/);
  expect(wrong).toMatch(/ok +keys of the gate/);
});

it('looks at a door where one runs, and at what it needs alone', async () => {
  const { folders } = await testKeys();
  const door = { KEYS_DIR: folders.door, DOOR_PORT: '1' };
  const { code, said } = await examine(door);
  expect(code).toBe(0);
  for (const name of ['keys of the door', 'PostgreSQL', 'schema', 'Temporal', 'namespace']) {
    expect(said).toMatch(new RegExp(`ok +${name} `));
  }
  expect(said).not.toContain('WECHAT');
  expect((await examine({ ...door, KEYS_DIR: folders.web })).said).toMatch(/FAULT +keys of the door/);
});

it('says what numbers abroad get, and that they get nothing without templates of their own', async () => {
  expect((await examine({})).said).toMatch(/ok +SMS abroad +a template for each text/);
  const { code, said } = await examine({ SMS_TEMPLATES_ABROAD: '' });
  expect(said).toMatch(/ok +SMS abroad +SMS_TEMPLATES_ABROAD is not set: numbers outside \+86 get no text/);
  expect(code).toBe(0);
});

it('reports a role that could rewrite the audit, and keys of another installation by what is missing', async () => {
  const before = await tableCounts(database.owner);
  const { said } = await examine({ DATABASE_URL: database.ownerUrl, KEYS_DIR: others.folders.web });
  expect(said).toMatch(/FAULT +database role .*may rewrite/);
  expect(said).toMatch(
    /FAULT +keys and database +lacks key f1 of field.json with fingerprint [0-9a-f]{32}, found: [0-9a-f]{32}; .*bring back/,
  );
  expect(await tableCounts(database.owner)).toEqual(before);
});

it('says what stands between the release that runs and these sources', async () => {
  const bundles = { WORKFLOW_BUNDLES: inject('bundles') };
  const same = await examine(bundles, ['--upgrade']);
  expect(same.said).toMatch(/ok +pending migrations +none/);
  expect(same.said).toMatch(
    /ok +workers +no version is known to the engine, 0 open; tasks are taken by nobody; these sources are [0-9a-f]+/,
  );
  expect(same.said).toMatch(/ok +open histories +0 replayed with these sources, none diverges/);
  expect(same.code).toBe(0);

  const newest = await database.owner('knex_migrations').orderBy('id', 'desc').first();
  await database.owner('knex_migrations').where({ id: newest.id }).delete();
  const behind = await examine(bundles, ['--upgrade']);
  await database.owner('knex_migrations').insert(newest);
  expect(behind.said).toMatch(new RegExp(`ok +pending migrations +${newest.name}: nothing of them takes away`));
  expect(behind.said).not.toMatch(/FAULT +schema/);
  expect(behind.code).toBe(0);
});
