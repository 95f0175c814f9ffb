import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { KeptToken } from '../../platform/access-token.ts';
import { readSettings, wechatSchema } from '../../platform/config.ts';
import { createFieldCipher } from '../../platform/crypto.ts';
import { type Database, openDatabase } from '../../platform/db.ts';
import { createWechat, type Wechat } from '../../platform/wechat.ts';
import { testKeys } from '../../testing/keys.ts';
import { type TestPartners, testPartners } from '../../testing/partners.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { until } from '../../testing/until.ts';
import { accessTokenStore } from './access-token.ts';

const processes = [1, 2, 3, 4, 5];
const inTwoHours = () => new Date(Date.now() + 7_200_000);

let database: TestDatabase;
let cipher: ReturnType<typeof createFieldCipher>;
let partners: TestPartners;
let counter: Server;
let asked: { force: boolean }[];
/** A token that messages are refused with, although WeChat gives it again to a plain request. */
let refused: string | undefined;
let pools: Database[];
let wechats: Wechat[];
let openid: string;
let appId: string;
beforeAll(async () => {
  [database, partners] = await Promise.all([freshDatabase(), testPartners()]);
  cipher = createFieldCipher((await testKeys([])).web.field);
  openid = (await partners.person({ following: true })).openid;
  counter = await countQuestions(partners.url);
  const { port } = counter.address() as AddressInfo;
  const settings = readSettings(wechatSchema, { ...partners.env, WECHAT_API_URL: `http://127.0.0.1:${port}` });
  appId = settings.WECHAT_APP_ID;
  pools = processes.map(() => openDatabase({ DATABASE_URL: database.url, DATABASE_POOL: 2 }));
  wechats = pools.map((db) => createWechat(settings, accessTokenStore(db, cipher, appId)));
});
beforeEach(() => {
  asked = [];
  refused = undefined;
});
afterAll(async () => {
  await Promise.all((pools ?? []).map((pool) => pool.destroy()));
  counter?.closeAllConnections();
  counter?.close();
  await Promise.all([partners?.stop(), database?.drop()]);
});

/** Passes everything on to the sandbox, and counts who asks for a token. */
async function countQuestions(to: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    if (request.url === '/cgi-bin/stable_token') asked.push({ force: JSON.parse(body).force_refresh });
    const { searchParams } = new URL(request.url ?? '', to);
    if (refused && searchParams.get('access_token') === refused) {
      response.end(JSON.stringify({ errcode: 40001, errmsg: 'invalid credential' }));
      return;
    }
    const answer = await fetch(to + request.url, { method: 'POST', body });
    response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

let messages = 0;
const sendFromAll = () =>
  Promise.all(
    wechats.map((wechat) => {
      messages += 1;
      return wechat.sendTemplate({
        openid,
        template: 'approved',
        fields: {
          visitor: '张三',
          campus: '主校区',
          window: '09/05 15:00 – 09/05 15:30',
          code: '012345',
          status: '已通过',
        },
        url: '',
        clientMessageId: `token-${messages}`,
      });
    }),
  );

test('five processes that have no token ask for one once', async () => {
  expect(await sendFromAll()).toEqual(processes.map(() => expect.objectContaining({ ok: true })));
  expect(asked).toEqual([{ force: false }]);
});

test('five processes that are told at once that the token is void ask once', async () => {
  await sendFromAll();
  asked = [];
  await fetch(`${partners.url}/inspect/tokens/expiry`, { method: 'POST' });
  expect(await sendFromAll()).toEqual(processes.map(() => expect.objectContaining({ ok: true })));
  expect(asked).toEqual([{ force: false }]);
});

test('a token that WeChat gives again although it refuses it is made void once for all', async () => {
  await sendFromAll();
  asked = [];
  refused = (await accessTokenStore(database.db, cipher, appId).read())?.token;
  expect(await sendFromAll()).toEqual(processes.map(() => expect.objectContaining({ ok: true })));
  expect(asked).toEqual([{ force: false }, { force: true }]);
});

test('the token is one row an account, encrypted', async () => {
  const kept: KeptToken = { token: '98_first-token', expiresAt: inTwoHours() };
  const store = accessTokenStore(database.db, cipher, 'wx1');
  expect(await store.read()).toBeUndefined();
  await store.renew(async () => kept);
  expect(await store.read()).toEqual(kept);
  expect(await accessTokenStore(database.db, cipher, 'wx2').read()).toBeUndefined();
  const rows = await database.db('wechat_token').where({ app_id: 'wx1' });
  expect(rows).toHaveLength(1);
  expect(rows[0].token_enc.toString('latin1')).not.toContain('token');
});

test('an answer that comes late never replaces a newer token', async () => {
  const [slow, quick] = pools.map((db) => accessTokenStore(db, cipher, 'wx4'));
  const answer = Promise.withResolvers<KeptToken>();
  const waiting = Promise.withResolvers<void>();
  const late = slow?.renew(() => {
    waiting.resolve();
    return answer.promise;
  });
  const lost = expect(late).rejects.toThrow();
  await waiting.promise;
  expect(await quick?.renew(async () => ({ token: '98_never', expiresAt: inTwoHours() }))).toBeUndefined();

  // The one that asks loses its connection, and with it the lock.
  await database.db.raw(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted
      and database = (select oid from pg_database where datname = current_database())`,
  );
  await until(() => quick?.renew(async () => ({ token: '98_newer', expiresAt: inTwoHours() })), 'the lock is free');
  answer.resolve({ token: '98_older', expiresAt: inTwoHours() });
  await lost;
  expect(await quick?.read()).toMatchObject({ token: '98_newer' });
});

test('a token under a key that was taken away is asked for anew', async () => {
  const ring = (byte: number) => ({ current: 'f1', keys: { f1: Buffer.alloc(32, byte) } });
  const under = (byte: number) => accessTokenStore(database.db, createFieldCipher(ring(byte)), 'wx3');
  await under(1).renew(async () => ({ token: '98_old', expiresAt: inTwoHours() }));
  expect(await under(2).read()).toBeUndefined();
});
