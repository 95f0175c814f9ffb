import type { Knex } from 'knex';

/** Filters of the inbox that a member of staff keeps, each as the query of an address. */

export interface KeptFilter {
  id: string;
  query: string;
}

/** More than that nobody finds again. */
export const mostFilters = 12;

export const keptFilters = (db: Knex, staff: string): Promise<KeptFilter[]> =>
  db('inbox_filter').where({ staff_id: staff }).orderBy('id').select('id', 'query');

/** One that is kept already stays as it is; so do all where there are as many as may be. @returns whether it is kept */
export async function keepFilter(db: Knex, staff: string, query: string): Promise<boolean> {
  await db.raw(
    `insert into inbox_filter (staff_id, query)
     select :staff, :query where (select count(*) from inbox_filter where staff_id = :staff) < :mostFilters
     on conflict do nothing`,
    { staff, query, mostFilters },
  );
  return (await db('inbox_filter').where({ staff_id: staff, query }).first('id')) !== undefined;
}

export async function dropFilter(db: Knex, staff: string, id: string): Promise<void> {
  await db('inbox_filter').where({ staff_id: staff, id }).delete();
}
