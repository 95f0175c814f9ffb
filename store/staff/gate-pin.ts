import type { Knex } from 'knex';
import type { GateGuard } from '../../domain/gate-guards.ts';

/** PINs by which members of the security desk log in at gates. Only hashes are kept. */

/** Who serves at the security desk of a campus: rows of `staff as s`. */
export const securityAt = (db: Knex, campus: string): Knex.QueryBuilder =>
  db('staff as s')
    .whereNull('s.left_at')
    .whereRaw(
      `exists (select from staff_role m left join department own on own.id = m.department_id
        where m.staff_id = s.id and m.role = 'security' and (m.department_id is null or own.campus_id = ?))`,
      [campus],
    );

/** Whose PIN opens the consoles of a campus now, in the order of their ids. */
export const guardsAt = (db: Knex, campus: string): Promise<GateGuard[]> =>
  securityAt(db, campus)
    .join('gate_pin as p', 'p.staff_id', 's.id')
    .orderBy('s.id')
    .select('s.id', 's.username', 's.name', 'p.pin_hash as pin');

/** When somebody's PIN was made; undefined: they have none. */
export async function gatePinOf(db: Knex, staff: string): Promise<{ madeAt: Date } | undefined> {
  const row = await db('gate_pin').where({ staff_id: staff }).first('made_at');
  return row && { madeAt: row.made_at };
}

/** The former one is worthless as soon as the gates have heard of it. */
export async function giveGatePin(trx: Knex, { staff, hash }: { staff: string; hash: string }): Promise<void> {
  await trx('gate_pin')
    .insert({ staff_id: staff, pin_hash: hash })
    .onConflict('staff_id')
    .merge({ pin_hash: hash, made_at: trx.fn.now() });
}

/** @returns whether there was one */
export async function takeGatePin(trx: Knex, staff: string): Promise<boolean> {
  return (await trx('gate_pin').where({ staff_id: staff }).delete()) > 0;
}
