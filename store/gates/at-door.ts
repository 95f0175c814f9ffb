import type { Knex } from 'knex';

/** What the door asks of the rows. */

/**
 * Whether a reservation is one of a campus, by the passes that were signed for it.
 * @returns `unknown` where no pass is left of it, and for what is no reservation
 */
export async function visitAt(
  db: Knex,
  { campus, reservation }: { campus: string; reservation: string },
): Promise<'here' | 'elsewhere' | 'unknown'> {
  const campuses = await db('pass').where({ reservation_id: reservation }).distinct().pluck<string[]>('campus_id');
  if (campuses.length === 0) return 'unknown';
  return campuses.includes(campus) ? 'here' : 'elsewhere';
}

/** The gate's workflow is not there: the announcer begins it, whether or not the feed has grown. */
export async function announceAnew(db: Knex, gate: string): Promise<void> {
  await db('gate').where({ id: gate }).whereNull('retired_at').update({ announced_position: -1 });
}

/** Raw Ed25519 keys of gates in service, by id. */
export async function gateKeysInService(db: Knex): Promise<ReadonlyMap<string, Buffer>> {
  const rows = await db('gate')
    .whereNull('retired_at')
    .select<{ id: string; identity_key: Buffer }[]>('id', 'identity_key');
  return new Map(rows.map(({ id, identity_key }) => [id, identity_key]));
}
