import type { Knex } from 'knex';
import type { Transaction } from '../../platform/db.ts';

/**
 * Places a day. A hold is (reservation, slot), taken under row locks in slot order; the caller has locked the
 * reservation before, so that taking and releasing the same hold never cross.
 */

export interface Places {
  reservation: string;
  campus: string;
  /** 'YYYY-MM-DD' in Shanghai, ascending: the slot order. */
  days: string[];
  /** Persons. */
  count: number;
  /** Places of the campus a day; null: unlimited. */
  capacity: number | null;
  /** The transition that needs them. */
  seq: number;
}

/**
 * Makes the reservation's holds exactly these.
 * @returns the first day that is full; then the caller rolls back or releases
 */
export async function takePlaces(trx: Transaction, places: Places): Promise<{ full?: string }> {
  await releasePlaces(trx, places.reservation, places.seq);
  if (places.capacity === null) return {};
  for (const day of places.days) {
    await lockSlot(trx, places.campus, day, places.capacity);
    await dropSpent(trx, places.campus, day);
    const taken = await trx('slot')
      .where({ campus_id: places.campus, day })
      .andWhereRaw('held + ? <= capacity', [places.count])
      .increment('held', places.count);
    if (taken === 0) return { full: day };
    await trx('quota_hold').insert({
      reservation_id: places.reservation,
      campus_id: places.campus,
      day,
      seq: places.seq,
      count: places.count,
    });
  }
  return {};
}

/**
 * Takes places beside those that the reservation holds already: of both, the larger number a day. What is taken for a
 * change is there when it is granted, and what it departs from is there when it is not.
 * @returns the first day that is full; nothing was taken then
 */
export async function takeBeside(trx: Transaction, places: Places): Promise<{ full?: string }> {
  if (places.capacity === null) return {};
  const { reservation, campus, days, count, capacity, seq } = places;
  const full = new Full();
  try {
    await trx.transaction(async (savepoint) => {
      for (const day of days) {
        await lockSlot(savepoint, campus, day, capacity);
        await dropSpent(savepoint, campus, day);
        const hold = { reservation_id: reservation, campus_id: campus, day };
        const held = (await savepoint('quota_hold').where(hold).first('count'))?.count ?? 0;
        const more = count - held;
        if (more <= 0) {
          // Claimed all the same: giving back what an earlier transition left over must not take these.
          await savepoint('quota_hold').where(hold).andWhere('seq', '<', seq).update({ seq });
          continue;
        }
        const taken = await savepoint('slot')
          .where({ campus_id: campus, day })
          .andWhereRaw('held + ? <= capacity', [more])
          .increment('held', more);
        if (taken === 0) throw Object.assign(full, { day });
        await savepoint('quota_hold')
          .insert({ ...hold, seq, count })
          .onConflict(['reservation_id', 'campus_id', 'day'])
          .merge(['seq', 'count']);
      }
    });
    return {};
  } catch (error) {
    if (error === full) return { full: full.day };
    throw error;
  }
}

class Full extends Error {
  day = '';
}

/** What a reservation goes on needing, by campus and day. */
export type Needed = { campus: string; day: string; count: number }[];

/** Gives back what was held up to `seq` beyond this; takes nothing. A later transition's hold stays. */
export async function trimPlaces(trx: Transaction, reservation: string, seq: number, needed: Needed): Promise<void> {
  for (const { campus, day, held: found } of await holdsOf(trx, reservation, seq)) {
    const count = Math.max(
      0,
      ...needed.filter((need) => need.campus === campus && need.day === day).map((need) => need.count),
    );
    if (count >= found) continue;
    await trx('slot').where({ campus_id: campus, day }).forNoKeyUpdate().first('day');
    const hold = { reservation_id: reservation, campus_id: campus, day };
    // Somebody else's admission may have given it back while the slot was waited for.
    const held = (await trx('quota_hold').where(hold).first('count'))?.count ?? 0;
    if (count >= held) continue;
    await (count === 0 ? trx('quota_hold').where(hold).delete() : trx('quota_hold').where(hold).update({ count }));
    await trx('slot')
      .where({ campus_id: campus, day })
      .decrement('held', held - count);
  }
}

/** In slot order, the order in which they are locked. */
const holdsOf = (
  trx: Transaction,
  reservation: string,
  seq: number,
): Promise<{ campus: string; day: string; held: number }[]> =>
  trx('quota_hold')
    .where({ reservation_id: reservation })
    .andWhere('seq', '<=', seq)
    .orderBy(['campus_id', 'day'])
    .select({ campus: 'campus_id', day: 'day', held: 'count' });

/** Gives back what was held up to `seq`; a later transition's hold stays. Again: nothing left to give back. */
export async function releasePlaces(trx: Transaction, reservation: string, seq: number): Promise<void> {
  for (const { campus, day } of await holdsOf(trx, reservation, seq)) {
    await trx('slot').where({ campus_id: campus, day }).forNoKeyUpdate().first('day');
    await giveBack(
      trx,
      campus,
      day,
      trx('quota_hold').where({ reservation_id: reservation, campus_id: campus, day }).andWhere('seq', '<=', seq),
    );
  }
}

/** A lower capacity than what is held already takes nothing away from anybody. */
async function lockSlot(trx: Transaction, campus: string, day: string, capacity: number): Promise<void> {
  await trx.raw(
    `insert into slot (campus_id, day, capacity) values (:campus, :day, :capacity)
      on conflict (campus_id, day) do update set capacity = greatest(slot.held, excluded.capacity)`,
    { campus, day, capacity },
  );
}

/** A place is free as soon as its window has ended, and when its reservation is closed: no message says so. */
async function dropSpent(trx: Transaction, campus: string, day: string): Promise<void> {
  const spent = trx('quota_hold')
    .where({ campus_id: campus, day })
    .whereIn(
      'reservation_id',
      trx('reservation as r')
        .select('r.id')
        .whereRaw('r.id = quota_hold.reservation_id')
        .andWhere((over) => over.where('r.stage', 'closed').orWhere('r.visit_until', '<=', trx.fn.now())),
    );
  await giveBack(trx, campus, day, spent);
}

/** Called with the slot locked. */
async function giveBack(trx: Transaction, campus: string, day: string, holds: Knex.QueryBuilder): Promise<void> {
  const given: { count: number }[] = await holds.delete().returning('count');
  const count = given.reduce((sum, hold) => sum + hold.count, 0);
  if (count > 0) await trx('slot').where({ campus_id: campus, day }).decrement('held', count);
}
