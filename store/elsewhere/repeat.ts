import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { emptyCompanions } from '../companions/companion-erasure.ts';
import { takeOut } from '../companions/companion-ready.ts';
import { finishWishes } from './kept.ts';
import { emptyNumbers } from './removal.ts';
import type { Place } from './wish.ts';

/** What others held of somebody without an account went by their wish; a restore brought it back, and it goes again. */

export interface ListedRemoval {
  /** The request's. */
  id: string;
  kind: 'deletion' | 'correction';
  proof: 'phone' | 'counter';
  at: Date;
  places: { place: Place; row: string }[];
}

/** At which place which table's rows are named. */
const tables: Partial<Record<Place, string>> = {
  book: 'companion',
  book_phone: 'companion',
  awaited: 'companion',
  guardian: 'guardian',
  visit: 'reservation_person',
  visit_phone: 'reservation_person',
};
/** Whose holders are told that it went. */
const told: Place[] = ['book', 'book_phone', 'guardian'];
/** These may be needed by a visit that is open again, and go when it is over. */
const perhapsNeeded: Place[] = ['awaited', 'guardian', 'visit', 'visit_phone'];

/**
 * Rows of the books are emptied at once; what a visit may need goes as far as its visit is over, the rest in the night after it.
 * The request stays as evidence, closed. As the schema's owner.
 * @returns false where nothing of it came back
 */
export async function removeAgain(trx: Knex, { id, kind, proof, at, places }: ListedRemoval): Promise<boolean> {
  if (await trx('held_elsewhere').where({ request_id: id }).first('id')) return false;
  const back: { place: Place; row: string; holder: string | null }[] = [];
  for (const { place, row } of places) {
    const table = tables[place];
    const found = table && (await trx(table).where({ id: row, erased_at: null }).first('*'));
    if (found) back.push({ place, row, holder: told.includes(place) ? found.visitor_id : null });
  }
  if (back.length === 0) return false;
  const forgotten = { phone_enc: null, phone_hash: null, name_enc: null, document_enc: null, document_hash: null };
  const closed = { status: 'done', closed_at: at, ...forgotten, text_enc: null };
  // A request that waited at the time of the backup is answered.
  await trx('data_request')
    .insert({ id, kind, proof, due_at: at, ...closed })
    .onConflict('id')
    .merge(closed);
  await trx('held_elsewhere').insert(
    back.map(({ place, row, holder }) => ({
      request_id: id,
      place,
      row_id: row,
      holder_id: holder,
      ...(perhapsNeeded.includes(place)
        ? { kept_for: 'open_visit', kept_until: trx.raw(`(now() at time zone 'Asia/Shanghai')::date + 1`) }
        : { deleted_at: trx.fn.now() }),
    })),
  );
  const rows = (of: Place) => back.flatMap(({ place, row }) => (place === of ? [row] : []));
  // Visits let go of somebody whose number was proved, as they did then.
  const actor = { kind: 'system', id: randomUUID() } as const;
  if (proof === 'phone') for (const companion of rows('book')) await takeOut(trx, companion, actor, { begun: false });
  await emptyCompanions(trx, rows('book'));
  await emptyNumbers(trx, rows('book_phone'));
  await trx.raw('select erase_elsewhere(?)', [id]);
  await finishWishes(trx, 1_000);
  return true;
}
