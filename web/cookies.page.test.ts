import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoPassword } from '../bin/seed/content.ts';
import { seedDemo } from '../bin/seed.ts';
import { readSettings, webSchema } from '../platform/config.ts';
import { testKeys } from '../testing/keys.ts';
import { type TestPartners, testPartners } from '../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { type RunningWeb, startWeb } from './start.ts';

let database: TestDatabase;
let partners: TestPartners;
let keys: Awaited<ReturnType<typeof testKeys>>;
beforeAll(async () => {
  [database, partners, keys] = await Promise.all([freshDatabase(), testPartners(), testKeys(['south', 'east'])]);
  await seedDemo(database.owner, keys.folders);
});
afterAll(async () => {
  await Promise.all([partners?.stop(), database?.drop()]);
});

const start = (publicUrl: string): Promise<RunningWeb> =>
  startWeb(
    readSettings(webSchema, {
      ...partners.env,

      XIAOMEN_MODE: 'demo',
      LOG_LEVEL: 'silent',
      KEYS_DIR: keys.folders.web,
      OPS_PORT: '0',
      WEB_PORT: '0',

      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      PUBLIC_URL: publicUrl,
    }),
  );

/** Every cookie that a visitor and a member of staff are given: name → attributes. */
async function cookiesOf({ url }: RunningWeb, origin: string): Promise<Record<string, string[]>> {
  const post = (path: string, body: object) => supertest(url).post(path).set('Origin', origin).type('form').send(body);
  const answers = [
    await post('/staff/login', { username: 'admin', password: demoPassword }),
    await post('/register/code', { phone: '13800138000' }),
    await post('/language', { lang: 'en' }),
    await post('/care', { care: 'on' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([303, 200, 303, 303]);
  const set = answers.flatMap(({ headers }) => [headers['set-cookie'] ?? []].flat() as string[]);
  return Object.fromEntries(
    set.map((cookie) => {
      const [pair = '', ...attributes] = cookie.split('; ');
      return [pair.split('=')[0], attributes.filter((one) => !/^(Expires|Max-Age)=/.test(one)).toSorted()];
    }),
  );
}

describe('every cookie', () => {
  const uses = ['visitor', 'staff', 'language', 'care'];

  test('belongs to this host alone and travels by https only, where the pages do', async () => {
    const web = await start('https://visit.example.edu');
    try {
      expect(await cookiesOf(web, 'https://visit.example.edu')).toEqual(
        Object.fromEntries(
          uses.map((use) => [`__Host-xiaomen-${use}`, ['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure']]),
        ),
      );
    } finally {
      await web.stop();
    }
  });

  test('is an ordinary one in a demo on this machine, which has no https', async () => {
    await database.owner('attempt').delete();
    const web = await start('http://127.0.0.1:8080');
    try {
      expect(await cookiesOf(web, 'http://127.0.0.1:8080')).toEqual(
        Object.fromEntries(uses.map((use) => [`xiaomen-${use}`, ['HttpOnly', 'Path=/', 'SameSite=Lax']])),
      );
    } finally {
      await web.stop();
    }
  });
});
