import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aCampus } from '../../testing/campus.ts';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { pastTheirTime } from '../own-data/past-their-time.ts';
import { appendToFeed, type FeedEntry, readFeed } from './feed.ts';
import {
  findEnrolledGate,
  gatesBehind,
  gatesToAnnounce,
  markAnnounced,
  recordAcknowledgement,
  recordContact,
} from './gate.ts';

let database: TestDatabase;
let campus: string;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database?.drop());
beforeEach(async () => {
  await database.owner.raw('truncate gate_feed, gate_contact, gate_acknowledgement, gate, campus cascade');
  const keys = () => ({ identityKey: randomBytes(32), sealingKey: randomBytes(32) });
  campus = (await aCampus(database.owner, { south: keys(), east: keys() })).id;
});

const later = () => new Date(Date.now() + 3_600_000);
const entry = (over: Partial<FeedEntry> = {}): FeedEntry => ({
  campus,
  kind: 'pass',
  reservation: randomUUID(),
  ordinal: 0,
  version: 1,
  validFrom: new Date(),
  validUntil: later(),
  seal: ({ id }) => Buffer.from(`for ${id}`),
  ...over,
});
const append = (one: FeedEntry) => database.db.transaction((trx) => appendToFeed(trx, one));

describe('appending', () => {
  test('tells every gate of the campus, each in its own words', async () => {
    await append(entry());
    const rows = await database.db('gate_feed').orderBy('gate_id').select('gate_id', 'position', 'sealed');
    expect(rows.map(({ gate_id, position, sealed }) => [gate_id, position, String(sealed)])).toEqual([
      ['east', 1, 'for east'],
      ['south', 1, 'for south'],
    ]);
  });

  test('the same entry again changes nothing', async () => {
    const one = entry();
    await append(one);
    await append(one);
    expect(await readFeed(database.db, 'south', 0)).toMatchObject({ head: 1, rows: [{ position: 1 }] });
  });

  test('a gate out of service is told nothing', async () => {
    await database.owner('gate').where({ id: 'east' }).update({ retired_at: new Date() });
    await append(entry());
    expect((await readFeed(database.db, 'east', 0)).rows).toEqual([]);
    expect(await findEnrolledGate(database.db, 'east')).toBeUndefined();
  });

  test('a transaction that fails leaves no gap', async () => {
    await expect(
      database.db.transaction(async (trx) => {
        await appendToFeed(trx, entry());
        throw new Error('the pass could not be written');
      }),
    ).rejects.toThrow('the pass');
    await append(entry());
    expect((await readFeed(database.db, 'south', 0)).rows.map(({ position }) => position)).toEqual([1]);
  });

  test('many at once get positions without gaps, and a reader never sees a later one first', async () => {
    const seen: number[] = [];
    let position = 0;
    let writing = true;
    const reading = (async () => {
      while (writing || position < 40) {
        const page = await readFeed(database.db, 'south', position);
        seen.push(...page.rows.map((row) => row.position));
        position = page.through;
      }
    })();
    await Promise.all(Array.from({ length: 40 }, () => append(entry())));
    writing = false;
    await reading;
    expect(seen).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });
});

describe('reading', () => {
  test('a snapshot has of each pass only its newest row and nothing whose date is past', async () => {
    const pass = { reservation: randomUUID() };
    await append(entry(pass));
    await append(entry({ validUntil: new Date(Date.now() - 1000) }));
    await append(entry({ ...pass, kind: 'revoked' }));
    await append(entry({ ...pass, version: 2 }));
    const page = await readFeed(database.db, 'south', 0);
    expect(page).toMatchObject({ through: 4, head: 4 });
    expect(page.rows.map(({ position, kind, version }) => [position, kind, version])).toEqual([[4, 'pass', 2]]);
  });

  test('a long feed comes in pages that end where the next begins', async () => {
    for (let count = 0; count < 5; count += 1) await append(entry());
    const first = await readFeed(database.db, 'south', 0, 3);
    expect(first).toMatchObject({ through: 3, head: 5 });
    const second = await readFeed(database.db, 'south', first.through, 3);
    expect(second).toMatchObject({ through: 5, head: 5 });
    expect([...first.rows, ...second.rows].map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('a version that ends sooner than the one before it', () => {
  const ended = () => new Date(Date.now() - 3 * 86_400_000);

  test('is told for as long as the older one would open, also after a purge', async () => {
    const pass = { reservation: randomUUID() };
    const first = entry(pass);
    await append(first);
    await append(entry({ ...pass, version: 2, validUntil: ended() }));
    await pastTheirTime.pass_credentials(database.db, { days: 1, batch: 10 });
    const told = { version: 2, keptUntil: first.validUntil.getTime() };
    expect((await readFeed(database.db, 'south', 0)).rows).toMatchObject([{ kind: 'pass', ...told }]);
    await append(entry({ ...pass, kind: 'revoked', version: 2, validUntil: ended() }));
    await pastTheirTime.pass_credentials(database.db, { days: 1, batch: 10 });
    expect((await readFeed(database.db, 'south', 2)).rows).toMatchObject([{ kind: 'revoked', ...told }]);
  });
});

describe('what a gate said', () => {
  const contact = (forwardedThrough: Date, pulledThrough = 0) =>
    recordContact(database.db, { gate: 'south', pulledThrough, forwardedThrough });
  const moment = new Date(Date.now() - 60_000);

  test('a campus waits for its slowest gate, and no longer than for those in service', async () => {
    expect(await gatesBehind(database.db, campus, moment)).toEqual(['east', 'south']);
    await contact(moment);
    expect(await gatesBehind(database.db, campus, moment)).toEqual(['east']);
    await database.owner('gate').where({ id: 'east' }).update({ retired_at: new Date() });
    expect(await gatesBehind(database.db, campus, moment)).toEqual([]);
  });

  test('a watermark never goes back and never runs ahead of our clock', async () => {
    await contact(moment, 7);
    await contact(new Date(0), 8);
    expect(await database.db('gate_contact').first()).toMatchObject({ forwarded_through: moment, pulled_through: 8 });
    await contact(later(), 8);
    const { forwarded_through } = await database.db('gate_contact').first();
    expect(forwarded_through.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('a gate is degraded from its first silence until it answers', async () => {
    const say = (applied: number, at: number, fault?: string) =>
      recordAcknowledgement(database.db, { gate: 'south', applied, at: new Date(at), ...(fault ? { fault } : {}) });
    await say(3, 1_000);
    await say(0, 2_000, 'unreachable');
    await say(0, 3_000, 'unreachable');
    const row = () => database.db('gate_acknowledgement').first();
    expect(await row()).toMatchObject({
      applied_through: 3,
      applied_at: new Date(1_000),
      degraded_since: new Date(2_000),
      fault: 'unreachable',
    });
    await say(5, 4_000);
    expect(await row()).toMatchObject({ applied_through: 5, degraded_since: null, fault: null });
  });

  test('growth is announced once, unless it grew again meanwhile', async () => {
    await append(entry());
    expect(await gatesToAnnounce(database.db)).toEqual([
      { gate: 'east', position: 1 },
      { gate: 'south', position: 1 },
    ]);
    await append(entry());
    await markAnnounced(database.db, 'south', 1);
    await markAnnounced(database.db, 'east', 2);
    expect(await gatesToAnnounce(database.db)).toEqual([{ gate: 'south', position: 2 }]);
  });
});
