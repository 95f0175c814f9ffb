import type { Knex } from 'knex';

/** A refusal as a form sends it: for the first reason of the office's list. */
export async function aRefusal(
  db: Knex,
  reason = '',
): Promise<{ verdict: string; refused_for: string; reason: string }> {
  const { id } = await db('refusal_reason').orderBy('position').first('id');
  return { verdict: 'rejected', refused_for: id, reason };
}
