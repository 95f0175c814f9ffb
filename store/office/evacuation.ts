import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Transaction } from '../../platform/db.ts';
import { deskOfCampus } from '../approval/revocation.ts';
import { insideAtDesk, type PersonInside, seenOfVisits } from './inside.ts';

/** An evacuation of a desk's campuses: everybody who was inside when it began, or came in since, and who was found. */

/** A press of the button within this time joins the evacuation that has begun; ms. */
const oneAndTheSame = 6 * 3_600_000;
/** Whole names are shown for so long; ms. */
const shownFor = 24 * 3_600_000;

export interface Evacuation {
  id: string;
  startedAt: Date;
}

/** Somebody who has to be found. */
export interface Sought extends PersonInside {
  /** A gate saw them leave, or somebody said so, since it began. */
  hasLeft: boolean;
  safe: SafeMark | undefined;
}

export interface SafeMark {
  reservation: string;
  ordinal: number;
  /** Where they were found, as it was typed; '' for nowhere in particular. */
  place: string;
  /** By name. */
  by: string;
  at: Date;
}

/** Begins one, or joins that of these campuses, and perhaps others, which a colleague has begun. */
export async function beginEvacuation(
  trx: Transaction,
  cipher: FieldCipher,
  { id, staff }: { id: string; staff: string },
): Promise<{ evacuation: string; isNew: boolean }> {
  const campuses = await campusesOf(trx, staff);
  await trx.raw(`select pg_advisory_xact_lock(hashtextextended('evacuation', 0))`);
  const running = await trx('evacuation')
    .whereRaw('campuses @> ?::uuid[]', [campuses])
    .where('started_at', '>', new Date(Date.now() - oneAndTheSame))
    .orderBy('started_at', 'desc')
    .first('id');
  if (running) return { evacuation: running.id, isNew: false };
  const inside = await insideAtDesk(trx, cipher, staff);
  await trx('evacuation').insert({ id, campuses, started_by: staff });
  const people = inside.map(({ reservation, ordinal }) => ({
    evacuation_id: id,
    reservation_id: reservation,
    ordinal,
  }));
  if (people.length > 0) await trx('evacuation_person').insert(people);
  return { evacuation: id, isNew: true };
}

/** As long as it is shown, and to the desk of one of its campuses. */
export async function findEvacuation(db: Knex, staff: string, id: string): Promise<Evacuation | undefined> {
  const row = await db('evacuation')
    .where({ id })
    .where('started_at', '>', new Date(Date.now() - shownFor))
    .whereRaw('campuses && ?::uuid[]', [await campusesOf(db, staff)])
    .first('id', 'started_at');
  return row && { id: row.id, startedAt: row.started_at };
}

const campusesOf = (db: Knex, staff: string): Promise<string[]> =>
  db('campus as r')
    .whereRaw(deskOfCampus.replace('r.campus_id', 'r.id'), { staff })
    .orderBy('r.id')
    .pluck<string[]>('r.id');

/** Everybody of this desk's campuses who was inside when it began, or is now; with who was found. */
export async function soughtIn(db: Knex, cipher: FieldCipher, staff: string, evacuation: string): Promise<Sought[]> {
  const then = await db('evacuation_person').where({ evacuation_id: evacuation });
  const visits = then.map((row): string => row.reservation_id);
  const [seen, inside, marks] = await Promise.all([
    visits.length > 0 ? seenOfVisits(db, cipher, staff, visits) : [],
    insideAtDesk(db, cipher, staff),
    marksOf(db, evacuation),
  ]);
  const isIn = (people: PersonInside[]) => (one: PersonInside) => people.some((other) => keyOf(other) === keyOf(one));
  const wasThere = new Set(then.map((row) => keyOf({ reservation: row.reservation_id, ordinal: row.ordinal })));
  // Also whoever the list of the moment leaves out, since their visit, or the day, is over: they may still be there.
  const others = seen.filter((one) => wasThere.has(keyOf(one)) && !isIn(inside)(one));
  const safe = new Map(marks.map((mark) => [keyOf(mark), mark]));
  return [
    ...inside.map((person) => ({ ...person, hasLeft: false, safe: safe.get(keyOf(person)) })),
    ...others.map((person) => ({ ...person, safe: safe.get(keyOf(person)) })),
  ];
}

/** One person as forms and scripts name them: reservation and ordinal. */
export const keyOf = ({ reservation, ordinal }: { reservation: string; ordinal: number }): string =>
  `${reservation}/${ordinal}`;

/**
 * The first mark of each person counts; the others are kept. A desk of more campuses that came
 * later has a list of its own beside this one: whom either has found since its own began is found on both.
 */
export async function marksOf(db: Knex, evacuation: string): Promise<SafeMark[]> {
  const rows = await db('evacuation_mark as m')
    .join('staff as s', 's.id', 'm.staff_id')
    .join('evacuation as its', 'its.id', 'm.evacuation_id')
    .joinRaw('join evacuation own on own.id = ?', [evacuation])
    .where((counts) =>
      counts.whereRaw('its.id = own.id').orWhereRaw(
        `its.campuses && own.campuses and m.marked_at >= own.started_at
            and abs(extract(epoch from its.started_at - own.started_at)) * 1000 < ?`,
        [oneAndTheSame],
      ),
    )
    .distinctOn('m.reservation_id', 'm.ordinal')
    .orderBy(['m.reservation_id', 'm.ordinal', 'm.marked_at', 'm.id'])
    .select('m.*', 's.name as by');
  return rows.map((row) => ({
    reservation: row.reservation_id,
    ordinal: row.ordinal,
    place: row.place,
    by: row.by,
    at: row.marked_at,
  }));
}

export interface NewMark {
  /** Given by the device: the same again is the same mark. */
  id: string;
  reservation: string;
  ordinal: number;
  place: string;
  /** By the device's clock. */
  at: Date;
}

/**
 * Adds to the set, which only grows. A clock that is ahead says now.
 * @returns how many were new
 */
export async function addMarks(
  trx: Transaction,
  { evacuation, staff, marks }: { evacuation: string; staff: string; marks: NewMark[] },
): Promise<number> {
  if (marks.length === 0) return 0;
  const now = new Date();
  const inserted = await trx('evacuation_mark')
    .insert(
      marks.map(({ id, reservation, ordinal, place, at }) => ({
        id,
        evacuation_id: evacuation,
        reservation_id: reservation,
        ordinal,
        place,
        staff_id: staff,
        marked_at: at < now ? at : now,
      })),
    )
    .onConflict('id')
    .ignore()
    .returning('id');
  return inserted.length;
}
