import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFieldCipher } from '../../platform/crypto.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { wechatTokenStore } from './wechat-token.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());

test('the token is one row an account, encrypted, the newest wins', async () => {
  const cipher = createFieldCipher((await testKeys([])).web.field);
  const store = wechatTokenStore(database.db, cipher, 'wx1');
  expect(await store.read()).toBeUndefined();
  const until = new Date('2026-11-23T10:00:00Z');
  await store.write('98_first-token', new Date(0));
  await store.write('98_second-token', until);
  expect(await store.read()).toEqual({ token: '98_second-token', expiresAt: until });
  expect(await wechatTokenStore(database.db, cipher, 'wx2').read()).toBeUndefined();

  const rows = await database.db('wechat_token');
  expect(rows).toHaveLength(1);
  expect(rows[0].token_enc.toString('latin1')).not.toContain('token');
});

test('a token under a key that was taken away is asked for anew', async () => {
  const ring = (byte: number) => ({ current: 'f1', keys: { f1: Buffer.alloc(32, byte) } });
  await wechatTokenStore(database.db, createFieldCipher(ring(1)), 'wx3').write('98_old', new Date(Date.now() + 60_000));
  expect(await wechatTokenStore(database.db, createFieldCipher(ring(2)), 'wx3').read()).toBeUndefined();
});
