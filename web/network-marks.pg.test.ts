import express from 'express';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { currentLogKeys, keptLogKeys } from '../store/keys/log-key.ts';
import { purge } from '../store/own-data/retention.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { requestId } from './middleware/request-id.ts';
import { requestLog } from './middleware/request-log.ts';
import { markBy } from './network-marks.ts';

/** The log tells requests of one network from those of another for as long as its key is kept, and holds no address. */

let database: TestDatabase;
let cipher: ReturnType<typeof createFieldCipher>;
beforeAll(async () => {
  const [fresh, keys] = await Promise.all([freshDatabase(), testKeys([])]);
  database = fresh;
  cipher = createFieldCipher(keys.web.field);
});
afterAll(() => database?.drop());

const clients = ['203.0.113.7', '203.0.113.8', '2001:db8:1:2:3:4:5:6', '::ffff:203.0.113.9'];

it('two processes make one key a month, another one each month', async () => {
  const now = new Date('2026-11-30T23:59:00Z');
  const [first, second] = await Promise.all([1, 2].map(() => currentLogKeys(database.db, cipher, now)));
  expect([...(first?.keys() ?? [])]).toEqual(['2026-11', '2026-12']);
  expect(second).toEqual(first);
  const mark = markBy(() => first ?? new Map());
  const of = (address: string, at = now) => mark(address, at);
  expect(of('203.0.113.7')).toMatch(/^[\w-]{16}$/);
  expect(of('203.0.113.7')).toBe(of('::ffff:203.0.113.7'));
  expect(of('203.0.113.7')).not.toBe(of('203.0.113.8'));
  expect(of('203.0.113.7')).not.toBe(of('203.0.113.7', new Date('2026-12-01T00:00:00Z')));
  expect(of('203.0.113.7', new Date('2027-01-01T00:00:00Z'))).toBeUndefined();
});

it('no line holds an address in clear, whatever became of the request', async () => {
  const lines: string[] = [];
  const log = createLog('web', 'debug', { write: (line: string) => lines.push(line) });
  const keys = await currentLogKeys(database.db, cipher);
  const app = express();
  app.set('trust proxy', true);
  app.use(
    requestId,
    requestLog(
      log,
      markBy(() => keys),
    ),
  );
  app.get('/fine', (_req, res) => {
    res.send('fine');
  });
  app.get('/broken', (req) => {
    throw new Error(`from ${req.ip}`);
  });
  app.use(((error, req, res, _next) => {
    res.err = error;
    log.warn({ ip: req.ip, address: req.ip, remoteAddress: req.ip, err: error }, 'a careless line');
    res.status(500).end();
  }) as express.ErrorRequestHandler);
  for (const client of clients)
    for (const path of ['/fine', '/broken', '/nothing']) await supertest(app).get(path).set('X-Forwarded-For', client);
  const text = lines.join('');
  for (const client of clients) expect(text).not.toContain(client.replace('::ffff:', ''));
  const answered = lines.map((line) => JSON.parse(line)).filter(({ request }) => request !== undefined);
  expect(answered).toHaveLength(clients.length * 3);
  expect(new Set(answered.map(({ from }) => from)).size).toBe(clients.length);
});

it('a month’s key is forgotten once its last line has been kept for six months, not before', async () => {
  const { days } = await database.db('retention').where({ class: 'gate_events' }).first();
  expect(days).toBeGreaterThanOrEqual(184);
  const ago = (more: number) => new Date(Date.now() - (days + more) * 86_400_000);
  // Months whose end lies just before and just after that day.
  const first = (at: Date, months: number) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months, 1));
  for (const months of [-1, 0]) await currentLogKeys(database.db, cipher, first(ago(0), months));
  const before = [...(await keptLogKeys(database.db, cipher)).keys()];
  await purge(database.db, 'gate_events');
  const left = [...(await keptLogKeys(database.db, cipher)).keys()];
  const past = first(ago(0), -1).toISOString().slice(0, 7);
  expect(before).toContain(past);
  expect(before.filter((month) => !left.includes(month))).toEqual([past]);
});

it('what the law asks to be kept cannot be set shorter, and stays out of the application’s reach', async () => {
  const days = Object.fromEntries((await database.db('retention')).map((row) => [row.class, row.days]));
  expect(days.audit_records).toBeGreaterThanOrEqual(3 * 365 + 1);
  for (const [one, least] of [
    ['audit_records', 1095],
    ['gate_events', 183],
  ] as const) {
    const shorter = database.owner('retention').where({ class: one }).update({ days: least });
    await expect(shorter).rejects.toThrow(/retention_by_law/);
  }
  for (const table of ['audit', 'consent', 'erasure', 'held_elsewhere', 'notice'])
    await expect(database.db(table).delete(), table).rejects.toThrow(/permission denied/);
});
