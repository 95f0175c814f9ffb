import type { Knex } from 'knex';
import { lockActiveAccount } from '../people/account-lock.ts';

/** How many people a book holds: two of the largest groups, and everybody else whom a lead brings along. */
const mostCompanions = 500;

/** Locks the lead's row, so that two who add at the same moment count each other. @param more how many are to come in */
export async function hasRoom(trx: Knex, lead: string, more = 1): Promise<boolean> {
  await lockActiveAccount(trx, lead);
  const row = await trx('companion')
    .where({ visitor_id: lead, removed_at: null })
    .count<{ count: string }[]>('* as count')
    .first();
  return Number(row?.count ?? 0) + more <= mostCompanions;
}
