import { randomBytes, randomUUID } from 'node:crypto';
import express, { type Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FeedPage, feedHeaders, feedPageText, feedRequestText } from '../../domain/feed.ts';
import { unwrittenDiskText } from '../../domain/gate-disk.ts';
import { createLog } from '../../platform/log.ts';
import { createSigner, createVerifier } from '../../platform/signing.ts';
import { appendToFeed } from '../../store/gates/feed.ts';
import { recordRestore } from '../../store/office/restore.ts';
import { aCampus } from '../../testing/campus.ts';
import { testKeys } from '../../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { feedRoutes } from './routes.ts';

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let app: Express;
beforeAll(async () => {
  [database, keys] = await Promise.all([freshDatabase(), testKeys(['south', 'east', 'retired'])]);
  const campus = await aCampus(database.owner, keys.folders.gates, { exitsRecorded: true });
  await database.owner('gate').where({ id: 'retired' }).update({ retired_at: new Date() });
  await database.db.transaction((trx) =>
    appendToFeed(trx, {
      campus: campus.id,
      kind: 'pass',
      reservation: randomUUID(),
      ordinal: 0,
      version: 1,
      validFrom: new Date(),
      validUntil: new Date(Date.now() + 3_600_000),
      seal: () => randomBytes(8),
    }),
  );
  app = express().use(feedRoutes({ db: database.db, keys: keys.web, log: createLog('test', 'silent') }));
});
afterAll(() => database?.drop());

interface Ask {
  gate?: string;
  signedBy?: string;
  after?: number;
  path?: string;
  time?: number;
  forwarded?: number;
}
function ask({ gate = 'south', signedBy = gate, after = 0, path, time = Date.now(), forwarded = 1 }: Ask = {}) {
  const text = feedRequestText({ gate, after, time, forwarded });
  return request(app)
    .get(path ?? `/gates/${gate}/feed?after=${after}`)
    .set(feedHeaders.time, String(time))
    .set(feedHeaders.forwarded, String(forwarded))
    .set(
      feedHeaders.signature,
      createSigner(keys.gate(signedBy).identity.private)(Buffer.from(text)).toString('base64'),
    );
}

test('a gate that signs with its own key gets a page signed by the feed key', async () => {
  const time = Date.now();
  const answer = await ask({ time });
  expect(answer.status).toBe(200);
  const page: FeedPage = JSON.parse(answer.text);
  expect(page).toMatchObject({ gate: 'south', asked: time, from: 0, through: 1, head: 1 });
  expect(page.place).toMatchObject({ campus: 1, number: 0, exitsRecorded: true, gateName: { en: 'Gate south' } });
  expect(page.rows).toHaveLength(1);

  const [kid = '', signature = ''] = (answer.get(feedHeaders.pageSignature) ?? '').split(':');
  const trusted = keys.gate('south').trust.find((key) => key.use === 'feed' && key.kid === Number(kid));
  const verify = createVerifier(trusted?.public ?? Buffer.alloc(32));
  expect(verify(Buffer.from(feedPageText(answer.text)), Buffer.from(signature, 'base64'))).toBe(true);
  expect(
    verify(Buffer.from(feedPageText(answer.text.replace('south', 'east'))), Buffer.from(signature, 'base64')),
  ).toBe(false);
});

test('what an office switches for its campus reaches the gate with its next page, also for visits approved before', async () => {
  const placeNow = async () => (JSON.parse((await ask({ after: 1 })).text) as FeedPage).place;
  await database.owner('campus').update({ exits_recorded: false });
  expect((await placeNow()).exitsRecorded).toBe(false);
  await database.owner('campus').update({ exits_recorded: true });
  expect((await placeNow()).exitsRecorded).toBe(true);
});

test('the gate’s report of what it has stored and forwarded is noted', async () => {
  await ask({ gate: 'east', after: 1, forwarded: 5_000 });
  expect(await database.db('gate_contact').where({ gate_id: 'east' }).first()).toMatchObject({
    pulled_through: 1,
    forwarded_through: new Date(5_000),
  });
});

test('what a gate says of its disk is noted under its own signature, and forgotten when it says it no longer', async () => {
  const time = Date.now();
  const disk = `${time - 60_000},7,1`;
  const text = Buffer.from(unwrittenDiskText({ gate: 'south', time, disk }));
  const say = (signedBy: string, told = disk) =>
    ask({ time })
      .set(feedHeaders.disk, told)
      .set(feedHeaders.diskSignature, createSigner(keys.gate(signedBy).identity.private)(text).toString('base64'))
      .expect(200);
  const noted = async () => {
    const row = await database.db('gate_contact').where({ gate_id: 'south' }).first();
    return [row.disk_failing_since, row.disk_kept, row.disk_lost];
  };
  const nothing = [null, null, null];
  await say('south');
  expect(await noted()).toEqual([new Date(time - 60_000), 7, 1]);
  await say('east');
  expect(await noted()).toEqual(nothing);
  await say('south', '0,0,0');
  expect(await noted()).toEqual(nothing);
  await say('south');
  await ask({ time });
  expect(await noted()).toEqual(nothing);
});

describe('refused alike, and nothing noted', () => {
  test.each([
    ['a gate that does not exist', { gate: 'nowhere', signedBy: 'south' }],
    ['a gate out of service', { gate: 'retired' }],
    ["another gate's signature", { gate: 'south', signedBy: 'east' }],
    ['a signature for another position', { after: 1, path: '/gates/south/feed?after=0' }],
    ['a position that is none', { path: '/gates/south/feed?after=-1' }],
    ['no position', { path: '/gates/south/feed' }],
  ] satisfies [string, Ask][])('%s', async (_name, what) => {
    const before = await database.db('gate_contact').orderBy('gate_id');
    const answer = await ask(what);
    expect([answer.status, answer.body]).toEqual([401, { code: 'not_accepted' }]);
    expect(await database.db('gate_contact').orderBy('gate_id')).toEqual(before);
  });

  test('no signature at all', async () => {
    const answer = await request(app).get('/gates/south/feed?after=0');
    expect([answer.status, answer.body]).toEqual([401, { code: 'not_accepted' }]);
  });
});

test.each([-121_000, 121_000])('a clock that is %i ms away is told so', async (skew) => {
  const answer = await ask({ time: Date.now() + skew });
  expect([answer.status, answer.body]).toEqual([401, { code: 'clock' }]);
});

test('a gate that has read further than a restored feed reaches is listed, and before a restore nothing is', async () => {
  await ask({ after: 41 });
  expect(await database.db('restore_finding')).toEqual([]);
  await recordRestore(database.owner, new Date());
  await ask({ after: 0 });
  expect(await database.db('restore_finding')).toEqual([]);
  for (let n = 0; n < 2; n += 1) expect((await ask({ after: 41 })).status).toBe(200);
  expect(await database.db('restore_finding').select('kind', 'subject', 'detail')).toEqual([
    { kind: 'gate_ahead', subject: 'south', detail: { read: 41, feed: 1 } },
  ]);
});
