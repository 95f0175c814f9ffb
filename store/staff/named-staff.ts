import type { Knex } from 'knex';

/** People whom a policy names. */

export interface NamedStaff {
  id: string;
  name: string;
  username: string;
}

/** To choose from: with a role in which they sign, by name. */
export const namedStaff = (db: Knex): Promise<NamedStaff[]> =>
  db('staff as s')
    .whereIn('s.id', db('signing_staff').select('id'))
    .whereExists(db('staff_role as r').whereRaw('r.staff_id = s.id'))
    .orderBy(['s.name', 's.username'])
    .limit(500)
    .select('s.id', 's.name', 's.username');

/** By id. `able`: they could sign today; nobody who has left or only audits could. */
export async function findNamed(
  db: Knex,
  ids: readonly string[],
): Promise<Map<string, NamedStaff & { able: boolean }>> {
  if (ids.length === 0) return new Map();
  const rows: (NamedStaff & { able: boolean })[] = await db('staff as s')
    .leftJoin('signing_staff as a', 'a.id', 's.id')
    .whereIn('s.id', ids)
    .select('s.id', 's.name', 's.username', db.raw('a.id is not null as able'));
  return new Map(rows.map((row) => [row.id, row]));
}
