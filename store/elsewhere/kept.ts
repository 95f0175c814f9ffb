import type { Knex } from 'knex';
import { endGuardian } from '../own-data/guardian-end.ts';
import { emptyPassesOfErased } from '../passes/pass-erasure.ts';
import type { PlaceCount, Wish } from './wish.ts';

/** What became of the places where others held something: for the proof, for those who held it, and for the nightly purge. */

/** As it was decided at the wish, whatever went since. */
export async function placesOf(db: Knex, wish: Wish): Promise<PlaceCount[]> {
  const of = 'erasure' in wish ? { erasure_id: wish.erasure } : { request_id: wish.request };
  const rows = await db('held_elsewhere')
    .where(of)
    .groupBy('place', 'kept_for', 'kept_until')
    .orderByRaw('place, kept_for nulls first, kept_until')
    .select(
      'place',
      'kept_for',
      db.raw(`to_char(kept_until, 'YYYY-MM-DD') as until`),
      db.raw('count(*)::int as count'),
    );
  return rows.map((row) => ({
    place: row.place,
    count: row.count,
    keptFor: row.kept_for,
    keptUntil: row.until,
  }));
}

/** How long the holder of a row is told that it went. */
const toldDays = 30;

/** Entries that went by the wish of the person they were about, by what the holder called them; nothing of the person. */
export async function goneByWish(
  db: Knex,
  holder: string,
): Promise<{ place: 'book' | 'book_phone' | 'guardian'; count: number; at: Date }[]> {
  return db('held_elsewhere')
    .where({ holder_id: holder })
    .whereIn('place', ['book', 'book_phone', 'guardian'])
    .whereRaw(`deleted_at > now() - ? * interval '1 day'`, [toldDays])
    .groupBy('place')
    .orderBy('place')
    .select('place', db.raw('count(*)::int as count'))
    .max('deleted_at as at');
}

/** Finishes wishes of which something had to wait, where it need not any more. @returns how many places went */
export async function finishWishes(trx: Knex, batch: number): Promise<number> {
  const waiting = await trx('held_elsewhere')
    .whereNull('deleted_at')
    .where({ kept_for: 'open_visit' })
    .orderBy('kept_until')
    .limit(batch)
    .forUpdate()
    .skipLocked()
    .select('id', 'erasure_id', 'request_id', 'place', 'row_id', 'holder_id');
  for (const wish of new Set(waiting.map((row) => row.erasure_id ?? row.request_id))) {
    await trx.raw('select erase_elsewhere(?)', [wish]);
  }
  const rows = (place: string) => waiting.flatMap((row) => (row.place === place ? [row.row_id] : []));
  const visits: string[] = await trx('reservation_person').whereIn('id', rows('visit')).pluck('reservation_id');
  if (visits.length > 0) await emptyPassesOfErased(trx, [...new Set(visits)]);
  for (const { row_id, holder_id } of await withoutVisits(trx, waiting)) await endGuardian(trx, holder_id, row_id);
  return trx('held_elsewhere as h')
    .whereIn(
      'h.id',
      waiting.map(({ id }) => id),
    )
    .whereRaw(isGone)
    .update({ deleted_at: trx.fn.now() });
}

async function withoutVisits(trx: Knex, waiting: { place: string; row_id: string; holder_id: string }[]) {
  const guardians = waiting.filter(({ place }) => place === 'guardian');
  const needed: string[] = await trx('reservation_person as p')
    .join('reservation as r', 'r.id', 'p.reservation_id')
    .whereIn(
      'p.guardian_id',
      guardians.map(({ row_id }) => row_id),
    )
    .whereRaw('not comes_no_more(r, p.ordinal)')
    .distinct()
    .pluck('p.guardian_id');
  return guardians.filter(({ row_id }) => !needed.includes(row_id));
}

const isGone = `case h.place
  when 'visit' then exists (select from reservation_person p where p.id = h.row_id and p.erased_at is not null)
  when 'visit_phone' then exists (select from reservation_person p where p.id = h.row_id and p.phone_enc is null)
  when 'guardian' then exists (select from guardian g where g.id = h.row_id and g.erased_at is not null)
  when 'awaited' then not exists (select from awaited_person a where a.companion_id = h.row_id and a.erased_at is null)
  else false end`;
