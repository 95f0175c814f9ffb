import type { Knex } from 'knex';
import { openDatabase } from '../../platform/db.ts';

/** Works on one connection as the owner of the application's schema, and closes it. */
export async function asOwner<T>(url: string, work: (owner: Knex) => Promise<T>): Promise<T> {
  const owner = openDatabase({ DATABASE_URL: url, DATABASE_POOL: 1 });
  return work(owner).finally(() => owner.destroy());
}
