import type { Knex } from 'knex';
import type { Source } from './markers.ts';

/**
 * Every column of every table that can hold letters, one place a column; bytes as they are. Instants and plain
 * numbers are left out: nobody types them, and six digits of a fraction look like a code.
 */
export async function readTables(owner: Knex): Promise<Source[]> {
  const columns = await owner('information_schema.columns')
    .where({ table_schema: 'public' })
    .whereNotIn('data_type', ['timestamp with time zone', 'date', 'boolean', 'integer', 'smallint', 'bigint'])
    .select<{ table: string; column: string }[]>({ table: 'table_name', column: 'column_name' });
  // One after another: hundreds at once would wait longer for a connection than anybody may.
  const sources: Source[] = [];
  for (const { table, column } of columns) {
    const { rows } = await owner.raw<{ rows: { value: unknown }[] }>('select ?? as value from ??', [column, table]);
    const values = rows.flatMap(({ value }) => (value === null ? [] : [asBytes(value), Buffer.from('\n')]));
    sources.push({ where: `${table}.${column}`, bytes: Buffer.concat(values) });
  }
  return sources;
}

function asBytes(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value), 'utf8');
}
