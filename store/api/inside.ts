import type { Knex } from 'knex';
import { passStages } from '../../domain/reservation.ts';
import { stageAnswered } from '../reservations/behind.ts';

/** Who is on campus: of visits that are not over, those who were seen last going in. */

export interface InsideCount {
  campus: string;
  persons: number;
}

export interface PersonInside {
  visit: string;
  ordinal: number;
  gate: string;
  since: Date;
}

interface Filter {
  departments?: readonly string[] | undefined;
  campus?: string | undefined;
}

export async function countInside(db: Knex, filter: Filter): Promise<InsideCount[]> {
  const rows = await db
    .from(lastSeen(db, filter).as('s'))
    .where('s.direction', 'in')
    .groupBy('s.campus_id')
    .orderBy('s.campus_id')
    .select('s.campus_id', db.raw('count(*)::int as persons'));
  return rows.map((row) => ({ campus: row.campus_id, persons: row.persons }));
}

/** By visit and ordinal. */
export async function listInside(
  db: Knex,
  filter: Filter,
  page: { limit: number; after?: Pick<PersonInside, 'visit' | 'ordinal'> | undefined },
): Promise<{ people: PersonInside[]; more: boolean }> {
  const rows: { reservation_id: string; ordinal: number; gate_id: string; occurred_at: Date }[] = await db
    .from(lastSeen(db, filter).as('s'))
    .where('s.direction', 'in')
    .modify((query) => {
      if (page.after)
        query.whereRaw('(s.reservation_id, s.ordinal) > (cast(? as uuid), cast(? as int))', [
          page.after.visit,
          page.after.ordinal,
        ]);
    })
    .orderBy(['s.reservation_id', 's.ordinal'])
    .limit(page.limit + 1)
    .select('s.*');
  return {
    people: rows.slice(0, page.limit).map((row) => ({
      visit: row.reservation_id,
      ordinal: row.ordinal,
      gate: row.gate_id,
      since: row.occurred_at,
    })),
    more: rows.length > page.limit,
  };
}

const lastSeen = (db: Knex, { departments, campus }: Filter) =>
  db('gate_event as e')
    .join('reservation as r', 'r.id', 'e.reservation_id')
    .whereIn('r.stage', [...passStages])
    .whereRaw(`${stageAnswered} <> 'closed'`)
    .modify((query) => {
      if (departments) query.whereIn('r.department_id', [...departments]);
      if (campus) query.where('r.campus_id', campus);
    })
    .distinctOn('e.reservation_id', 'e.ordinal')
    .orderBy([{ column: 'e.reservation_id' }, { column: 'e.ordinal' }, { column: 'e.occurred_at', order: 'desc' }])
    .select('e.reservation_id', 'e.ordinal', 'e.direction', 'e.gate_id', 'e.occurred_at', 'r.campus_id');
