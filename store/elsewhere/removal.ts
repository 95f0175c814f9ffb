import type { Knex } from 'knex';
import type { Actor } from '../../domain/request.ts';
import { emptyCompanions } from '../companions/companion-erasure.ts';
import { takeOut } from '../companions/companion-ready.ts';
import { endGuardian } from '../own-data/guardian-end.ts';
import { emptyPassesOfErased } from '../passes/pass-erasure.ts';
import { lockHash } from '../people/hash-lock.ts';
import { closing } from '../people/phone-recovery.ts';
import {
  awaitedAmong,
  booksWith,
  guardiansWith,
  type Identity,
  joinedOpenVisits,
  type Means,
  visitsWith,
} from './places.ts';
import type { KeptFor, Place, Wish } from './wish.ts';

/**
 * What others hold about somebody goes by that person's wish. Each place is written down: deleted, or kept with its reason
 * and the day on which it goes. Nothing says whose it was, to anybody but those who hold the rows.
 */

interface Held {
  place: Place;
  row: string;
  holder: string | null;
  keptFor: KeptFor | null;
  /** When the window ends that it waits for. */
  waitsFor: Date | null;
}

/**
 * Visits of others that have not begun let go of somebody whose number is proved: each is asked to take them out. A
 * document alone ends nobody's visit; what it finds there goes when the visit is over.
 * @returns the requests to deliver
 */
export async function leaveOthersVisits(trx: Knex, means: Means, who: Identity, actor: Actor): Promise<string[]> {
  if (who.phone === null) return [];
  await lockHash(trx, means.index.hash('phone', who.phone));
  const requests: string[] = [];
  for (const one of await booksWith(trx, means, who)) {
    if (one.whole && one.phone === who.phone) requests.push(...(await takeOut(trx, one.id, actor, { begun: false })));
  }
  return requests;
}

/**
 * Call it while the account's own rows still stand, in the transaction that writes the wish.
 * @returns how many places were written down
 */
export async function removeElsewhere(trx: Knex, means: Means, who: Identity, wish: Wish): Promise<number> {
  const books = await booksWith(trx, means, who);
  const whole = books.filter((one) => one.whole);
  const phones = books.filter((one) => !one.whole);
  const visits = await visitsWith(trx, means, who, books);
  const awaited = await awaitedAmong(trx, whole);
  const guardians = await guardiansWith(trx, means, who);
  const held: Held[] = [
    ...whole.map((one) => gone('book', one)),
    ...phones.map((one) => gone('book_phone', one)),
    ...awaited.map((one) => waits('awaited', { ...one, holder: null }, one.until)),
    ...visits.map((one) => {
      const place = one.whole ? 'visit' : 'visit_phone';
      return one.open ? waits(place, one, one.until) : gone(place, one);
    }),
    ...guardians.map((one) => (one.openUntil ? waits('guardian', one, one.openUntil) : gone('guardian', one))),
    ...(await claimsOf(trx, means, who)),
    ...(who.visitor ? await ownElsewhere(trx, who.visitor) : []),
  ];
  const written = await writeDown(trx, wish, held);

  await emptyCompanions(
    trx,
    whole.map(({ id }) => id),
  );
  await emptyNumbers(
    trx,
    phones.map(({ id }) => id),
  );
  for (const one of guardians) if (!one.openUntil) await endGuardian(trx, one.holder, one.id);
  await trx('phone_recovery')
    .whereIn(
      'id',
      held.flatMap(({ place, row }) => (place === 'claim' ? [row] : [])),
    )
    .update(closing(trx, 'withdrawn'));
  await eraseFrozen(
    trx,
    idOf(wish),
    visits.map(({ reservation }) => reservation),
  );
  return written;
}

/** Entries that keep all but their number. */
export async function emptyNumbers(trx: Knex, companions: string[]): Promise<void> {
  const empty = { phone_enc: null, phone_hash: null, version: trx.raw('version + 1') };
  await trx('companion').whereIn('id', companions).update(empty);
}

async function eraseFrozen(trx: Knex, wish: string, visits: string[]): Promise<void> {
  await trx.raw('select erase_elsewhere(?)', [wish]);
  if (visits.length > 0) await emptyPassesOfErased(trx, [...new Set(visits)]);
}

/** Somebody may be claiming the number of the account that ends: there is nothing left to give back. */
async function claimsOf(trx: Knex, { index }: Means, { phone, visitor }: Identity): Promise<Held[]> {
  if (phone === null || visitor === null) return [];
  const rows = await trx('phone_recovery')
    .where({ status: 'open' })
    .whereIn('old_phone_hash', index.every('phone', phone))
    .whereNot('visitor_id', visitor)
    .select('id', 'visitor_id');
  return rows.map((row: { id: string; visitor_id: string }) => gone('claim', { id: row.id, holder: row.visitor_id }));
}

/** The account's own places that stay for a while: where it goes along, and the staff account of the same WeChat. */
async function ownElsewhere(trx: Knex, visitor: string): Promise<Held[]> {
  const joined = await joinedOpenVisits(trx, visitor);
  const staff: string[] = await trx('staff_contact as c')
    .join('staff as s', 's.id', 'c.staff_id')
    .join('visitor as v', 'v.openid_hash', 'c.openid_hash')
    .where({ 'v.id': visitor, 's.left_at': null })
    .pluck('s.id');
  return [
    ...joined.map((one) => waits('visit', one, one.until)),
    ...staff.map((row): Held => ({ place: 'staff', row, holder: null, keptFor: 'staff_account', waitsFor: null })),
  ];
}

const gone = (place: Place, { id, holder }: { id: string; holder: string | null }): Held => ({
  place,
  row: id,
  holder,
  keptFor: null,
  waitsFor: null,
});
const waits = (place: Place, of: { id: string; holder: string | null }, until: Date): Held => ({
  ...gone(place, of),
  keptFor: 'open_visit',
  waitsFor: until,
});

const idOf = (wish: Wish): string => ('erasure' in wish ? wish.erasure : wish.request);

async function writeDown(trx: Knex, wish: Wish, found: Held[]): Promise<number> {
  const held = await withoutWaiting(trx, wish, found);
  if (held.length === 0) return 0;
  const of = 'erasure' in wish ? { erasure_id: wish.erasure } : { request_id: wish.request };
  // What waits for a visit goes in the night after its window ends, not before tomorrow.
  const day = `greatest((?::timestamptz at time zone 'Asia/Shanghai')::date, (now() at time zone 'Asia/Shanghai')::date) + 1`;
  await trx('held_elsewhere').insert(
    held.map(({ place, row, holder, keptFor, waitsFor }) => ({
      ...of,
      place,
      row_id: row,
      holder_id: holder,
      kept_for: keptFor,
      kept_until: waitsFor && trx.raw(day, [waitsFor]),
      deleted_at: keptFor ? null : trx.fn.now(),
    })),
  );
  return held.length;
}

/** Somebody who asks again is not told twice of what waits already; the proof of an account names all of it. */
async function withoutWaiting(trx: Knex, wish: Wish, held: Held[]): Promise<Held[]> {
  const rows = held.flatMap(({ keptFor, row }) => (keptFor === null ? [] : [row]));
  if ('erasure' in wish || rows.length === 0) return held;
  const waiting = await trx('held_elsewhere').whereIn('row_id', rows).whereNull('deleted_at').select('place', 'row_id');
  const known = new Set(waiting.map(({ place, row_id }) => `${place} ${row_id}`));
  return held.filter(({ keptFor, place, row }) => keptFor === null || !known.has(`${place} ${row}`));
}
