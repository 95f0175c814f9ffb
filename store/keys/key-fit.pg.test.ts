import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startWorker } from '../../activities/start.ts';
import { freePort } from '../../bin/embedded/ports.ts';
import { createBlindIndex, createFieldCipher } from '../../platform/crypto.ts';
import { generatePair } from '../../platform/keys.ts';
import type { LiveKeys } from '../../platform/live-keys.ts';
import { createLog } from '../../platform/log.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { tableCounts } from '../../testing/table-counts.ts';
import { until } from '../../testing/until.ts';
import { startWeb } from '../../web/start.ts';
import { createVisitor } from '../people/visitor.ts';
import {
  acceptFingerprints,
  fitKeys,
  followFit,
  KeysDoNotFit,
  keepFingerprints,
  keptFingerprints,
  untilKeysFit,
} from './key-fit.ts';

/** Two installations, and what happens when a process of one is started on the database of the other. */

type Keys = Awaited<ReturnType<typeof testKeys>>;
let database: TestDatabase;
let ours: Keys;
let others: Keys;
beforeEach(async () => {
  [database, ours, others] = await Promise.all([freshDatabase(), testKeys([]), testKeys([])]);
});
afterEach(() => database?.drop());

const refusal = (work: Promise<unknown>): Promise<KeysDoNotFit> =>
  work.then(
    () => Promise.reject(new Error('It was not refused')),
    (error) => error,
  );
const parts = (keys: Keys): LiveKeys[] => [keys.web, keys.worker];

test('the first start of each part writes its fingerprints, and the next start of the same fits', async () => {
  for (const keys of [...parts(ours), ...parts(ours)]) await fitKeys(database.db, keys);
  const kept = await keptFingerprints(database.db);
  expect(Object.keys(kept).toSorted()).toEqual(['codec', 'feed', 'field', 'index', 'pass', 'renewal', 'session']);
  const texts = JSON.stringify(kept);
  for (const secret of [ours.web.field.keys.f1, ours.web.index.keys.i1, ours.web.codec.keys.c1]) {
    expect(texts).not.toContain(secret?.toString('hex').slice(0, 16));
  }
});

test.each(['web', 'worker'] as const)(
  '%s with the keys of another installation does not start, and writes nothing',
  async (part) => {
    for (const keys of parts(ours)) await fitKeys(database.db, keys);
    const before = await tableCounts(database.owner);
    const settings = {
      LOG_LEVEL: 'silent',
      KEYS_DIR: others.folders[part],
      DATABASE_URL: database.url,
      DATABASE_POOL: 5,
      DATABASE_PROJECTION_POOL: 2,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      TEMPORAL_NAMESPACE: 'none',
    };
    const start: (given: never) => Promise<unknown> = part === 'web' ? startWeb : startWorker;
    const refused = await refusal(start(settings as never));
    expect(refused).toBeInstanceOf(KeysDoNotFit);
    const kept = await keptFingerprints(database.db);
    const field = refused.misfits.find(({ kind }) => kind === 'field');
    expect(field).toMatchObject({
      kid: 'f1',
      expected: kept.field?.f1,
      found: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(refused.message).toContain(
      `key f1 of field.json with fingerprint ${kept.field?.f1}; found: ${field?.found}`,
    );
    const kinds =
      part === 'web' ? ['field', 'index', 'codec', 'session', 'renewal', 'feed'] : ['field', 'index', 'codec', 'pass'];
    expect(refused.misfits.map(({ kind }) => kind)).toEqual(kinds);
    expect(await tableCounts(database.owner)).toEqual(before);
  },
);

test.each(['session', 'renewal', 'feed'] as const)('another key of %s alone is named, and it alone', async (kind) => {
  await fitKeys(database.db, ours.web);
  const refused = await refusal(fitKeys(database.db, { ...ours.web, [kind]: others.web[kind] }));
  expect(refused.misfits.map((one) => one.kind)).toEqual([kind]);
});

test('a key of before that is gone from the files is missed where rows may lie under it, until its loss is accepted', async () => {
  const keys: Record<string, Buffer> = { ...ours.web.index.keys, i2: randomBytes(32) };
  const both = { current: 'i2', keys };
  await fitKeys(database.db, { ...ours.web, index: both });
  const { i1: _, ...left } = keys;
  const without = { ...ours.web, index: { ...both, keys: left } };
  const refused = await refusal(fitKeys(database.db, without));
  expect(refused.misfits).toMatchObject([{ kind: 'index', kid: 'i1', found: undefined }]);
  expect(refused.message).toContain('found: none');
  await expect(database.db('key_fingerprint').delete()).rejects.toThrow(/permission denied/);
  const { i2 } = (await keptFingerprints(database.db)).index ?? {};
  expect(await acceptFingerprints(database.owner, 'index', { i2: i2 ?? '' })).toEqual(['i1']);
  await fitKeys(database.db, without);
  await refusal(fitKeys(database.db, ours.web));
});

test('a key that was never put into use here is refused as the current one, and taken as the next one', async () => {
  await fitKeys(database.db, ours.web);
  const pair = generatePair('ed25519');
  const next = { private: pair.private, public: Buffer.from(pair.public, 'base64') };
  const pairs = new Map([...ours.web.feed.pairs, [4, next]]);
  await fitKeys(database.db, { ...ours.web, feed: { ...ours.web.feed, pairs } });
  const using = { ...ours.web, feed: { current: 4, currentPair: next, pairs } };
  expect((await refusal(fitKeys(database.db, using))).misfits).toMatchObject([{ kind: 'feed' }]);
  await keepFingerprints(database.db, 'feed', { 4: 'a'.repeat(32) });
  expect((await refusal(fitKeys(database.db, using))).misfits).toMatchObject([{ kind: 'feed', kid: '4' }]);
});

test('a filled database that has no fingerprints yet takes none of keys that do not open its rows', async () => {
  const house = { db: database.db, cipher: createFieldCipher(ours.web.field), index: createBlindIndex(ours.web.index) };
  await createVisitor(database.db, house, { phone: '13700000001', language: 'zh-CN' });
  await database.db('public_key').insert({ use: 'pass', kid: 1, public: ours.worker.pass.currentPair.public });
  expect((await refusal(fitKeys(database.db, others.worker))).misfits.map(({ kind }) => kind)).toEqual([
    'field',
    'pass',
  ]);
  expect(await keptFingerprints(database.db)).toEqual({});
  await fitKeys(database.db, ours.worker);
});

test('two that start at once with different keys do not both fit', async () => {
  const both = await Promise.allSettled([ours, others].map(({ web }) => fitKeys(database.db, web)));
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
});

test('it waits for a database that is away, and for a table that is not there yet', async () => {
  await database.owner.raw('alter table key_fingerprint rename to later');
  const waiting = untilKeysFit(database.db, ours.web, createLog('test', 'silent'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await database.owner.raw('alter table later rename to key_fingerprint');
  await waiting;
});

test('a worker that waits for its database answers its operators, and ends where the keys turn out to be others', async () => {
  for (const keys of parts(ours)) await fitKeys(database.db, keys);
  await database.owner.raw('alter table key_fingerprint rename to later');
  const port = await freePort();
  const settings = {
    LOG_LEVEL: 'silent',
    KEYS_DIR: others.folders.worker,
    OPS_HOST: '127.0.0.1',
    OPS_PORT: port,
    DATABASE_URL: database.url,
    DATABASE_POOL: 5,
    DATABASE_PROJECTION_POOL: 2,
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_NAMESPACE: 'none',
  };
  const refused = refusal(startWorker(settings as never));
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const answer = await until(() => ask('/readyz'), 'it listens');
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { ready: false, degraded: ['keys', 'temporal', 'polling'] },
  ]);
  expect(await (await ask('/metrics')).text()).toContain('xiaomen_part_well{part="keys"} 0');
  await database.owner.raw('alter table later rename to key_fingerprint');
  expect(await refused).toBeInstanceOf(KeysDoNotFit);
  await expect(ask('/healthz')).rejects.toThrow();
});

test('a process that starts without its database serves nobody before the keys fit, and goes on where they do not only to say so', async () => {
  for (const keys of parts(ours)) await fitKeys(database.db, keys);
  const log = createLog('test', 'silent');
  await database.owner.raw('alter table key_fingerprint rename to later');
  const [own, foreign] = await Promise.all([ours, others].map(({ web }) => followFit(database.db, web, log)));
  // Waited for at once: it may come before the other has settled.
  const refused = refusal(foreign?.settled ?? Promise.resolve());
  const stopped = await followFit(database.db, others.web, log);
  stopped.stop();
  await stopped.settled;
  expect([own?.fits(), foreign?.fits(), stopped.fits()]).toEqual([false, false, false]);
  await database.owner.raw('alter table later rename to key_fingerprint');
  await own?.settled;
  expect(await refused).toBeInstanceOf(KeysDoNotFit);
  expect([own?.fits(), foreign?.fits()]).toEqual([true, false]);
});
