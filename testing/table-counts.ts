import type { Knex } from 'knex';

/** How many rows each table has. */
export async function tableCounts(owner: Knex): Promise<Record<string, number>> {
  const tables = await owner('pg_tables').where({ schemaname: 'public' }).orderBy('tablename').pluck('tablename');
  const counts: Record<string, number> = {};
  for (const table of tables) counts[table] = Number((await owner(table).count('* as n').first())?.n);
  return counts;
}
