import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided } from '../../testing/decided.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, type House } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { answerRequest } from '../reservations/request.ts';
import { beginErasure, completeErasure, type ErasureCounts, eraseAccount } from './erasure.ts';
import { hasOpenVisits } from './own-visits.ts';

/**
 * What the application's role tries to lose before its time, with everything that it may write. The database's own
 * functions look for themselves: nothing here goes through our code that asks first.
 */

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  ({ database, house } = await seededHouse());
});
afterAll(() => database?.drop());

let phones = 0;
const aVisit = () => {
  phones += 1;
  const phone = `1371000${String(phones).padStart(4, '0')}`;
  return aWaitingTask(house, { who: { name: '欧阳小满', phone, document: '110199200001019010', plate: '京A12345' } });
};
async function anApprovedVisit(until = daysAgo(-1)) {
  phones += 1;
  const who = {
    name: '欧阳小满',
    phone: `1371000${String(phones).padStart(4, '0')}`,
    document: '110199200001019010',
    plate: null,
  };
  const visit = await aWaitingTask(house, { who, from: new Date(until.getTime() - 3600_000), until });
  const { submission_id: submission } = await database.db('reservation').where({ id: visit.reservation }).first();
  await decided(database.owner, { reservation: visit.reservation, submission });
  await database.db('reservation').where({ id: visit.reservation }).update({ stage: 'visit' });
  return { ...visit, submission };
}
const daysAgo = (days: number) => new Date(Date.now() - days * 24 * 3600_000);
const closed = (days: number) => ({ stage: 'closed', outcome: 'completed', closed_at: daysAgo(days) });
const named = async (reservation: string) =>
  (await database.owner('reservation_person').where({ reservation_id: reservation }).whereNotNull('name_enc')).length;
const eraseWhole = (visitor: string) =>
  database.db.transaction(async (trx) => {
    const id = await beginErasure(trx, visitor, { cause: 'asked' });
    await eraseAccount(trx, visitor);
    return id;
  });
const eraseVisit = (reservation: string, lead: string | null = null) =>
  database.db.raw('select erase_submissions(?::uuid[], ?)', [[reservation], lead]);

describe('the application, however it writes', () => {
  it('cannot close a visit by hand and empty its people', async () => {
    const { reservation } = await aVisit();
    const { db } = database;
    await db('reservation')
      .where({ id: reservation })
      .update({ ...closed(400), visit_from: daysAgo(402), visit_until: daysAgo(401) });
    await eraseVisit(reservation);
    await db('reservation')
      .where({ id: reservation })
      .update({ closure_recorded_at: daysAgo(400) });
    await eraseVisit(reservation);
    await db('reservation').where({ id: reservation }).update({ stage: 'approval', outcome: null, closed_at: null });
    await db('reservation')
      .where({ id: reservation })
      .update({ ...closed(400), closure_recorded_at: daysAgo(400) });
    await eraseVisit(reservation);
    expect(await named(reservation)).toBe(1);
  });

  it('cannot empty them in the name of an account that nobody erases', async () => {
    const { reservation, visitor } = await aVisit();
    await database.db('reservation').where({ id: reservation }).update(closed(400));
    await expect(eraseVisit(reservation, visitor)).rejects.toThrow(/permission denied/);
    await expect(database.db.raw('select erase_person(?)', [visitor])).rejects.toThrow(/permission denied/);
    expect(await named(reservation)).toBe(1);
  });

  it('cannot do so by handing the visit to an account that is being erased', async () => {
    const [{ reservation }, other] = [await aVisit(), await aVisit()];
    const { db } = database;
    await db('reservation').where({ id: other.reservation }).update(closed(1));
    await eraseWhole(other.visitor);
    await db('reservation').where({ id: reservation }).update(closed(400));
    const handed = db('reservation').where({ id: reservation }).update({ visitor_id: other.visitor });
    await expect(handed).rejects.toThrow(/permission denied/);
    await eraseVisit(reservation, other.visitor);
    expect(await named(reservation)).toBe(1);
  });

  it('cannot call an account idle that was used lately, nor move back when that was', async () => {
    const { visitor } = await aVisit();
    const { db } = database;
    await db('visitor')
      .where({ id: visitor })
      .update({ last_seen_at: daysAgo(1000) });
    const seen = await db('visitor').where({ id: visitor }).first('last_seen_at');
    expect(seen.last_seen_at.getTime()).toBeGreaterThan(daysAgo(1).getTime());
    await expect(beginErasure(db, visitor, { cause: 'idle' })).rejects.toThrow(/used too lately/);
    await expect(beginErasure(db, visitor, { cause: 'recovered' })).rejects.toThrow(/nobody took this account over/);
    expect(await db('erasure').where({ visitor_id: visitor })).toEqual([]);
  });

  it('cannot close an approved visit by hand and lose its people with the account', async () => {
    const { reservation, visitor, submission } = await anApprovedVisit();
    const { db } = database;
    await db('reservation').where({ id: reservation }).update(closed(400));
    let left = 0;
    const began = db.transaction(async (trx) => {
      await beginErasure(trx, visitor, { cause: 'asked' });
      await trx.raw('select erase_submissions(?::uuid[], ?), erase_person(?)', [[reservation], visitor, visitor]);
      left = (await trx('reservation_person').where({ reservation_id: reservation }).whereNotNull('name_enc')).length;
      throw new Error('enough');
    });
    await expect(began).rejects.toThrow('enough');
    expect(left).toBe(1);
    await expect(eraseWhole(visitor)).rejects.toThrow();
    expect(await hasOpenVisits(db, visitor)).toBe(true);
    // What it may not write for that: another window, another decision, a cancellation that was answered before it was asked.
    const later = { visit_from: daysAgo(2), visit_until: daysAgo(1) };
    await expect(db('submission').where({ id: submission }).update(later)).rejects.toThrow(/permission denied/);
    await expect(db('decision').where({ reservation_id: reservation }).delete()).rejects.toThrow(/permission denied/);
    const asked = {
      id: randomUUID(),
      reservation_id: reservation,
      actor_kind: 'visitor',
      actor_id: visitor,
      payload: '{}',
    };
    const answered = { status: 'answered', answer: '{"ok":true}' };
    const faked = db('request').insert({ ...asked, kind: 'cancel', ...answered });
    await expect(faked).rejects.toThrow(/permission denied/);
    const decide = db('request').where({ reservation_id: reservation, kind: 'decide' });
    await expect(decide.clone().update({ kind: 'cancel' })).rejects.toThrow(/permission denied/);
    await expect(decide.clone().update({ answer: '{"ok":false}' })).rejects.toThrow(/permission denied/);
    await expect(decide.clone().delete()).rejects.toThrow(/permission denied/);
    expect(await named(reservation)).toBe(1);
  });

  it('cannot say that an account is erased and go on with it', async () => {
    const { reservation, visitor } = await aVisit();
    const { db } = database;
    await db('reservation').where({ id: reservation }).update(closed(1));
    const begun = db.transaction(async (trx) => {
      await beginErasure(trx, visitor, { cause: 'asked' });
      await trx.raw('select erase_submissions(?::uuid[], ?)', [[reservation], visitor]);
    });
    await expect(begun).rejects.toThrow(/permission denied/);
    expect(await named(reservation)).toBe(1);
  });

  it('cannot take back or rewrite that an account was erased', async () => {
    const { reservation, visitor } = await aVisit();
    const { db } = database;
    await db('reservation').where({ id: reservation }).update(closed(1));
    const id = await eraseWhole(visitor);
    const told = { id, counts: { photos: 1 } as ErasureCounts, proof: 'proof' };
    await completeErasure(db, told);
    await expect(completeErasure(db, told)).rejects.toThrow(/permission denied/);
    await expect(db('erasure').where({ id }).delete()).rejects.toThrow(/permission denied/);
    await expect(db('erasure').where({ id }).update({ cause: 'idle' })).rejects.toThrow(/permission denied/);
  });
});

it('an account that is being erased loses what it led and is closed, and nothing of anybody else', async () => {
  const [mine, open, theirs] = [await aVisit(), await aVisit(), await aVisit()];
  const { owner, db } = database;
  await owner('reservation').where({ id: open.reservation }).update({ visitor_id: mine.visitor });
  await db('reservation').whereIn('id', [mine.reservation, theirs.reservation]).update(closed(1));
  await eraseWhole(mine.visitor);
  for (const { reservation } of [mine, open, theirs]) await eraseVisit(reservation, mine.visitor);
  const left = await Promise.all([mine, open, theirs].map(({ reservation }) => named(reservation)));
  expect(left).toEqual([0, 1, 1]);
});

it('an approved visit goes with its account once it was cancelled, or its window has ended', async () => {
  const [cancelled, over] = [await anApprovedVisit(), await anApprovedVisit(daysAgo(1))];
  const { db } = database;
  const id = randomUUID();
  const asked = { id, reservation_id: cancelled.reservation, actor_kind: 'visitor', actor_id: cancelled.visitor };
  await db('request').insert({ ...asked, kind: 'cancel', payload: '{}' });
  await answerRequest(db, id, { ok: true, stage: 'closed', seq: 5 });
  for (const { reservation, visitor } of [cancelled, over]) {
    await db('reservation').where({ id: reservation }).update(closed(0));
    await eraseWhole(visitor);
    expect(await named(reservation)).toBe(0);
  }
});

it('the owner of the schema arranges what it restores', async () => {
  const { reservation } = await aVisit();
  await database.owner('reservation').where({ id: reservation }).update(closed(181));
  await eraseVisit(reservation);
  expect(await named(reservation)).toBe(0);
});
