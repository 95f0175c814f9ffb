import type { Knex } from 'knex';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RetentionClass } from '../../domain/retention.ts';
import { untilBlockedBy } from '../../testing/blocked.ts';
import type { TestDatabase } from '../../testing/postgres.ts';
import { aWaitingTask, type House } from '../../testing/reservations.ts';
import { seededHouse } from '../../testing/seeded-house.ts';
import { addCompanion } from '../companions/book-entry.ts';
import { removeCompanion, restoreCompanion } from '../companions/removal.ts';
import { openDraft } from '../reservations/reservation.ts';
import { purge } from './retention.ts';

/** Two connections: one purges, the other changes what was chosen, before it is locked and while it is held. */

let database: TestDatabase;
let house: House;
beforeAll(async () => {
  ({ database, house } = await seededHouse());
});
afterAll(() => database?.drop());

let phones = 0;
/** An account whose one visit is closed, not seen for longer than accounts are kept. */
async function anIdleAccount(): Promise<string> {
  phones += 1;
  const { visitor, reservation } = await aWaitingTask(house, {
    who: {
      name: '欧阳小满',
      phone: `1360000${String(phones).padStart(4, '0')}`,
      document: '110199200001019010',
      plate: '',
    },
  });
  const long = new Date('2020-01-01');
  await database
    .owner('reservation')
    .where({ id: reservation })
    .update({ stage: 'closed', outcome: 'completed', closed_at: long });
  await database.owner('visitor').where({ id: visitor }).update({ last_seen_at: long });
  return visitor;
}

/** Taken out of a book for longer than such a row is kept. */
async function aRemovedCompanion(): Promise<{ id: string; lead: string }> {
  const lead = await anIdleAccount();
  const id = (await addCompanion(house.db, house, lead, { name: '客', phone: null, declared: null })) ?? '';
  await removeCompanion(house.db, { id, lead });
  await database
    .owner('companion')
    .where({ id })
    .update({ removed_at: new Date('2020-01-01') });
  return { id, lead };
}

const isErased = async (table: 'visitor' | 'companion', id: string) =>
  (await database.db(table).where({ id }).first('erased_at')).erased_at !== null;

/** The purge has chosen and waits for its locks; `change` is committed before it gets them. */
async function purgeOvertakenBy(of: RetentionClass, table: string, change: (trx: Knex) => Promise<unknown>) {
  const { purging } = await database.owner.transaction(async (trx) => {
    await trx.raw('lock table ?? in exclusive mode', [table]);
    const purging = purge(database.db, of);
    await untilBlockedBy(trx, database.db, 'the purge waits');
    await change(trx);
    return { purging };
  });
  return purging;
}

/** Somebody changes the row and has not committed yet when the purge comes by. */
async function purgeBeside(of: RetentionClass, change: (trx: Knex) => Promise<unknown>) {
  const { purging } = await database.db.transaction(async (trx) => {
    await change(trx);
    const purging = purge(database.db, of);
    await Promise.race([purging, untilBlockedBy(trx, database.db, 'the purge waits')]);
    return { purging };
  });
  return purging;
}

const comeBack = (visitor: string) => (trx: Knex) =>
  trx('visitor').where({ id: visitor }).update({ last_seen_at: trx.fn.now() });

test('an account that is used again before it is locked stays', async () => {
  const [back, idle] = [await anIdleAccount(), await anIdleAccount()];
  expect(await purgeOvertakenBy('idle_accounts', 'visitor', comeBack(back))).toMatchObject({ count: 1 });
  expect([await isErased('visitor', back), await isErased('visitor', idle)]).toEqual([false, true]);
});

test('an account that is being used stays', async () => {
  const back = await anIdleAccount();
  expect(await purgeBeside('idle_accounts', comeBack(back))).toMatchObject({ count: 0 });
  expect(await isErased('visitor', back)).toBe(false);
});

test('an account that asks for a visit meanwhile stays', async () => {
  const back = await anIdleAccount();
  expect(await purgeBeside('idle_accounts', (trx) => openDraft(trx, back))).toMatchObject({ count: 0 });
  expect(await isErased('visitor', back)).toBe(false);
});

const restore = (companion: { id: string; lead: string }) => async (trx: Knex) => {
  expect(await restoreCompanion(trx, house, { ...companion, phone: null })).toBe(true);
};

test('a companion who is taken back into the book before the row is locked stays', async () => {
  const [back, gone] = [await aRemovedCompanion(), await aRemovedCompanion()];
  expect(await purgeOvertakenBy('removed_companions', 'companion', restore(back))).toMatchObject({ count: 1 });
  expect([await isErased('companion', back.id), await isErased('companion', gone.id)]).toEqual([false, true]);
});

test('a companion who is being taken back stays', async () => {
  const back = await aRemovedCompanion();
  expect(await purgeBeside('removed_companions', restore(back))).toMatchObject({ count: 0 });
  expect(await isErased('companion', back.id)).toBe(false);
});
