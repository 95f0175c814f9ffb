import type { Knex } from 'knex';
import { goesOn, lastSeen } from '../gates/last-seen.ts';

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
    .from(seen(db, filter).as('s'))
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
    .from(seen(db, filter).as('s'))
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

const seen = (db: Knex, { departments, campus }: Filter) =>
  lastSeen(db)
    .where(goesOn)
    .modify((query) => {
      if (departments) query.whereIn('r.department_id', [...departments]);
      if (campus) query.where('r.campus_id', campus);
    });
