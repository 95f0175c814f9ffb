import type { Knex } from 'knex';
import type { Reads } from './reads.ts';

const statements = new Map<string, { sql: string; bindings: readonly unknown[] }>();

/**
 * A statement that every page asks: the builder writes it once, since writing it takes longer than PostgreSQL needs for
 * the answer. Only for ids: while it is written each stands for itself by an id of nobody.
 *
 * @param name of this statement in this shape; anything else that changes its text must be part of the name
 * @param ids its parameters
 */
export function writtenOnce<Row>(
  reads: Reads,
  name: string,
  ids: string[],
  build: (...ids: string[]) => Knex.QueryBuilder,
): Promise<Row[]> {
  const nobody = ids.map((_, index) => nobodys(index));
  const statement =
    statements.get(name) ??
    build(...nobody)
      .toSQL()
      .toNative();
  statements.set(name, statement);
  return reads.rows<Row>(
    statement.sql,
    statement.bindings.map((value) => ids[nobody.indexOf(String(value))] ?? value),
  );
}

const nobodys = (index: number): string => `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`;
