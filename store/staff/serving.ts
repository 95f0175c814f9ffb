import type { Knex } from 'knex';

/**
 * Holds somebody who has not left until the transaction ends: a departure comes before or after, never in between. At the
 * head of everything that gives rights or a way in. Locks as an update does, so that what only refers to the person goes on.
 *
 * @returns nothing for somebody who has left
 */
export async function lockServing(trx: Knex, staff: string): Promise<{ hasPassword: boolean } | undefined> {
  const row = await trx('staff').where({ id: staff }).whereNull('left_at').forNoKeyUpdate().first('password_hash');
  return row && { hasPassword: row.password_hash !== null };
}
