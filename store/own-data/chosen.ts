import type { Knex } from 'knex';

/**
 * What a purge has chosen is locked, and then looked at again: between the choice and the lock somebody may have come
 * back, asked for a visit or taken a companion back. What somebody holds at this moment is in use, and left for next time.
 *
 * @param choose a fresh query for `<table>.id` of what is past its time
 * @returns ids that stay locked until the transaction ends
 */
export async function lockedAndStillPast(
  trx: Knex,
  table: string,
  { choose, batch }: { choose: () => Knex.QueryBuilder; batch: number },
): Promise<string[]> {
  const id = `${table}.id`;
  const chosen: string[] = await choose().limit(batch).pluck(id);
  const locked: string[] = await trx(table).whereIn(id, chosen).forUpdate().skipLocked().pluck(id);
  return choose().whereIn(id, locked).pluck(id);
}
