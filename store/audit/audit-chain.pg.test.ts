import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshDatabase, type TestDatabase } from '../../testing/postgres.ts';
import { purge } from '../own-data/retention.ts';
import { record } from './audit.ts';
import { sealAudit } from './audit-chain.ts';
import { verifyAudit } from './audit-verification.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(() => database?.drop());

const look = (id: string, detail: Record<string, unknown> = {}) =>
  record(database.db, {
    actor: { kind: 'system' },
    action: 'faults_viewed',
    subject: { kind: 'list', id },
    detail,
    addressHash: Buffer.alloc(32, 7),
    requestId: `request "${id}" 入校`,
  });
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);
const dayOf = (at: Date) => new Date(at.getTime() + 8 * 3600_000).toISOString().slice(0, 10);
/** Five records on each of three days: the day before yesterday, yesterday and today. */
async function threeDays(): Promise<number[]> {
  for (let n = 0; n < 15; n += 1) await look(`${n}`, { n, words: '门：1|2' });
  const ids: number[] = await database.owner('audit').orderBy('id').pluck('id');
  for (const [nth, id] of ids.entries()) {
    await database
      .owner('audit')
      .where({ id })
      .update({ at: daysAgo(2 - Math.floor(nth / 5)) });
  }
  expect(await sealAudit(database.db, 7)).toBe(7);
  expect(await sealAudit(database.db, 100)).toBe(8);
  return ids;
}
const faults = async () => (await verifyAudit(database.db)).faults;
const [yesterday, before] = [dayOf(daysAgo(1)), dayOf(daysAgo(2))];

it('the time of a record is the database’s, also when the application writes another', async () => {
  const forged = {
    actor_kind: 'system',
    action: 'data_purged',
    subject_kind: 'list',
    subject_id: 'x',
    at: daysAgo(400),
  };
  await database.db('audit').insert({ ...forged, chain_day: '2020-01-01', place: 1, hash: Buffer.alloc(32) });
  const [row] = await database.db('audit');
  expect(Math.abs(row.at.getTime() - Date.now())).toBeLessThan(60_000);
  expect(row).toMatchObject({ chain_day: null, place: null, hash: null });
});

describe('a chain of days', () => {
  it('is whole as it was written', async () => {
    await threeDays();
    expect(await verifyAudit(database.db)).toMatchObject({ faults: [], days: 3, purged: 0, records: 15, unsealed: 0 });
    await look('late');
    expect(await verifyAudit(database.db)).toMatchObject({ faults: [], unsealed: 1 });
  });

  it('is nothing that the application may write', async () => {
    await threeDays();
    const { db } = database;
    await expect(db('audit_day').update({ head: Buffer.alloc(32) })).rejects.toThrow(/permission denied/);
    await expect(db('audit_day').delete()).rejects.toThrow(/permission denied/);
    await expect(db('audit').update({ hash: null, place: null, chain_day: null })).rejects.toThrow(/permission denied/);
  });

  it('names day and place of a record that its owner removed', async () => {
    const ids = await threeDays();
    const gone = { day: yesterday, kind: 'removed', place: 3, record: ids[6] };
    await database.owner('audit').where({ id: ids[7] }).delete();
    expect(await faults()).toEqual([gone]);
    await database.owner('audit').where({ id: ids[4] }).delete();
    expect(await faults()).toEqual([{ day: before, kind: 'removed', place: 5, record: ids[3] }, gone]);
  });

  it.each([
    ['actor_id', { actor_kind: 'staff', actor_id: 'somebody' }],
    ['action', { action: 'photo_viewed' }],
    ['detail', { detail: '{"n": 6}' }],
    ['at', { at: daysAgo(1.5) }],
    ['address_hash', { address_hash: Buffer.alloc(32, 8) }],
    ['request_id', { request_id: null }],
  ])('names the record whose %s its owner changed', async (_, change) => {
    const ids = await threeDays();
    await database.owner('audit').where({ id: ids[7] }).update(change);
    expect(await faults()).toEqual([{ day: yesterday, kind: 'changed', place: 3, record: ids[7] }]);
  });

  it('shows a day that went as a whole, and one that was made to look purged', async () => {
    await threeDays();
    const { owner } = database;
    await owner('audit').where({ chain_day: yesterday }).delete();
    await owner('audit_day').where({ day: yesterday }).update({ purged_at: new Date() });
    expect(await faults()).toEqual([{ day: yesterday, kind: 'gone early' }]);
    await owner('audit_day').where({ day: yesterday }).delete();
    expect(await faults()).toEqual([{ day: dayOf(new Date()), kind: 'cut off' }]);
  });

  it('holds the hash that was noted, so that one written anew as a whole is seen', async () => {
    const ids = await threeDays();
    const { head } = await verifyAudit(database.db);
    const noted = new Map([[head?.day ?? '', head?.hash ?? '']]);
    await look('more');
    await sealAudit(database.db, 100);
    expect((await verifyAudit(database.db, noted)).faults).toEqual([]);
    const { owner } = database;
    await owner('audit').where({ id: ids[12] }).delete();
    await owner('audit').update({ chain_day: null, place: null, hash: null });
    await owner('audit_day').delete();
    await sealAudit(database.db, 100);
    expect(await faults()).toEqual([]);
    expect((await verifyAudit(database.db, noted)).faults).toEqual([{ day: head?.day, kind: 'other than noted' }]);
  });

  it('takes a record that was committed late where it is now, and holds up nobody', async () => {
    const { db } = database;
    await db.transaction(async (slow) => {
      await slow('audit').insert({ actor_kind: 'system', action: 'slow', subject_kind: 'list', subject_id: 's' });
      await look('quick');
      expect(await sealAudit(db, 100)).toBe(1);
    });
    await sealAudit(db, 100);
    expect(await db('audit').orderBy('place').pluck('action')).toEqual(['faults_viewed', 'slow']);
    expect(await faults()).toEqual([]);
  });

  it('is sealed by one at a time', async () => {
    for (let n = 0; n < 40; n += 1) await look(`${n}`);
    const sealed = await Promise.all(Array.from({ length: 5 }, () => sealAudit(database.db, 10)));
    expect(sealed.every((count) => count === 0 || count === 10)).toBe(true);
    while ((await sealAudit(database.db, 10)) > 0);
    expect(await verifyAudit(database.db)).toMatchObject({ faults: [], records: 40, unsealed: 0 });
  });

  it('does not make a page wait that records while it is sealed', async () => {
    await look('first');
    await database.owner.transaction(async (trx) => {
      await trx.raw('select seal_audit(10)');
      await look('meanwhile');
      expect(await sealAudit(database.db, 10)).toBe(0);
    });
    expect(await database.db('audit')).toHaveLength(2);
  });
});

describe('deleting old days', () => {
  it('takes whole days, leaves what the next one follows, and stays verifiable', async () => {
    const ids = await threeDays();
    const { db, owner } = database;
    await owner('audit').update({ chain_day: null, place: null, hash: null });
    await owner('audit_day').delete();
    for (const [nth, id] of ids.entries()) {
      await owner('audit')
        .where({ id })
        .update({ at: daysAgo(1100 - 2 * Math.floor(nth / 5)) });
    }
    expect((await purge(db, 'audit_records', { batch: 3 })).count).toBe(0);
    while ((await sealAudit(db, 10)) > 0);
    expect(await purge(db, 'audit_records', { batch: 3 })).toEqual({ count: 5, more: true });
    expect(await purge(db, 'audit_records', { batch: 30 })).toEqual({ count: 5, more: false });
    expect(await owner('audit').orderBy('id').pluck('id')).toEqual(ids.slice(10));
    await look('today');
    await sealAudit(db, 10);
    expect(await verifyAudit(db)).toMatchObject({ faults: [], days: 4, purged: 2, records: 6 });
    await owner('audit').where({ id: ids[10] }).delete();
    expect((await faults())[0]).toMatchObject({ kind: 'removed', place: 1 });
  });
});

it('npm run audit:verify says which day and record, and fails', async () => {
  const ids = await threeDays();
  const run = () =>
    promisify(execFile)(process.execPath, ['bin/audit-verify.ts'], {
      env: { ...process.env, DATABASE_URL: database.url },
    });
  expect((await run()).stdout).toContain('Nothing is missing and nothing was changed.');
  await database.owner('audit').where({ id: ids[7] }).update({ action: 'nothing' });
  const failed = await run().catch((error: { code: number; stdout: string }) => error);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stdout).toContain(`${yesterday}: record 3, id ${ids[7]}, is not as it was sealed`);
});
