import type { Knex } from 'knex';
import { day } from '../../domain/time.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { boundsOfToday, deskOfCampus } from '../approval/revocation.ts';
import { goesOn, isInside, lastSeen } from '../gates/last-seen.ts';
import { openAnswers } from '../reservations/visit-answers.ts';

/** Who is inside at this moment, as a security desk has to know it. */

export interface PersonInside {
  reservation: string;
  ordinal: number;
  /** Whole; null once it was erased. */
  name: string | null;
  phone: string | null;
  /** Whom they visit; null where a department is visited. */
  host: string | null;
  campus: string;
  /** Whether its gates say who leaves. */
  exitsRecorded: boolean;
  department: string;
  /** The gate that saw them come in. */
  gate: string;
  since: Date;
  /** When they should be out. */
  until: Date;
}

/** Somebody who was not seen leaving is listed for so long after the end of the visit; ms. */
const lookedFor = day;

/**
 * Everybody of this desk's campuses who was seen last going in, those who should be out the longest first. Where a campus
 * records no exits these are the entries of today whose visit goes on: nobody knows who of them has left. Where it does,
 * somebody whose visit is over is still listed until they were seen leaving, for a day at most.
 */
export async function insideAtDesk(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  now = new Date(),
): Promise<PersonInside[]> {
  const { today } = boundsOfToday(now.getTime());
  const rows = await peopleSeen(
    db,
    lastSeen(db)
      .where('r.visit_until', '>', new Date(now.getTime() - lookedFor))
      .whereRaw(deskOfCampus, { staff })
      .where((is) => is.where(goesOn).orWhere('c.exits_recorded', true)),
  )
    .where(isInside)
    .where((counts) => counts.where('e.exits_recorded', true).orWhere('e.occurred_at', '>=', today))
    .orderBy(['e.visit_until', 'e.reservation_id', 'e.ordinal']);
  return rows.map((row) => readPerson(cipher, row));
}

/** Everybody of one visit who was seen last going in. */
export async function insideOfVisit(db: Knex, cipher: FieldCipher, reservation: string): Promise<PersonInside[]> {
  const rows = await peopleSeen(db, lastSeen(db).where('r.id', reservation)).where(isInside).orderBy('e.ordinal');
  return rows.map((row) => readPerson(cipher, row));
}

/**
 * Everybody of these visits whom a gate has seen, as far as they are this desk's; and whether they have left: by a gate that saw it, or
 * by somebody who said so. The end of a visit says nothing of that.
 */
export async function seenOfVisits(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  visits: string[],
): Promise<(PersonInside & { hasLeft: boolean })[]> {
  const theirs = lastSeen(db).whereIn('r.id', visits).whereRaw(deskOfCampus, { staff });
  const rows = await peopleSeen(db, theirs);
  return rows.map((row) => ({ ...readPerson(cipher, row), hasLeft: !wasInside(row) }));
}

/** The same as `isInside`, of a row that is read already. */
const wasInside = (row: { direction: string; occurred_at: Date; said_left_at: Date | null }): boolean =>
  row.direction === 'in' && (row.said_left_at === null || row.occurred_at > row.said_left_at);

function peopleSeen(db: Knex, visits: ReturnType<typeof lastSeen>) {
  const seen = visits
    .join('campus as c', 'c.id', 'r.campus_id')
    .select('c.exits_recorded', 'r.department_id', 'r.submission_id', 'r.visit_until');
  return db
    .from(seen.as('e'))
    .join('submission as s', 's.id', 'e.submission_id')
    .leftJoin('reservation_person as p', (on) =>
      on.on('p.submission_id', 'e.submission_id').andOn('p.ordinal', 'e.ordinal'),
    )
    .select('e.*', 'p.id as person', 'p.name_enc', 'p.phone_enc', 's.answers_enc', 's.host_enc', 's.note_enc');
}

// biome-ignore lint/suspicious/noExplicitAny: rows of a join
function readPerson(cipher: FieldCipher, row: any): PersonInside {
  const person = row.person && rowCipher(cipher, 'reservation_person', row.person);
  return {
    reservation: row.reservation_id,
    ordinal: row.ordinal,
    name: person ? person.open('name_enc', row.name_enc) : null,
    phone: person ? person.open('phone_enc', row.phone_enc) : null,
    host: openAnswers(cipher, row.submission_id, row).host ?? null,
    campus: row.campus_id,
    exitsRecorded: row.exits_recorded,
    department: row.department_id,
    gate: row.gate_id,
    since: row.occurred_at,
    until: row.visit_until,
  };
}
