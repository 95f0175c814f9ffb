import type { Knex } from 'knex';

/** Notices of the provider by its own id: each is taken in once. */

export async function isTaken(db: Knex, id: string): Promise<boolean> {
  return (await db('payment_notice').where({ id }).first('id')) !== undefined;
}

export async function noteTaken(db: Knex, id: string): Promise<void> {
  await db('payment_notice').insert({ id }).onConflict('id').ignore();
}
