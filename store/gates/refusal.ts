import type { Knex } from 'knex';
import type { RefusedScan } from '../../domain/gate-refusal.ts';

/** Scans that opened nothing, as gates told of them. Nothing personal: whose pass it was stands there by its ids. */

/** @returns how many were new: the same scan may be told twice */
export async function recordRefusals(db: Knex, gate: string, scans: readonly RefusedScan[]): Promise<number> {
  const rows = scans.map(({ id, at, direction, method, reason, askedBy, pass }) => ({
    id,
    gate_id: gate,
    // A clock that is ahead says nothing of tomorrow, and one that lost its battery nothing of 1970.
    occurred_at: db.raw('least(to_timestamp(?::float / 1000), now())', [at]),
    direction,
    method,
    reason,
    asked_by: askedBy,
    reservation_id: pass?.reservation ?? null,
    ordinal: pass?.ordinal ?? null,
  }));
  const kept = await db('gate_refusal').insert(rows).onConflict(['gate_id', 'id']).ignore().returning('id');
  return kept.length;
}

export interface RefusedAtGate {
  gate: string;
  ordinal: number;
  reason: RefusedScan['reason'];
  direction: RefusedScan['direction'];
  method: RefusedScan['method'];
  /** The gate's own clock. */
  at: Date;
}

/** Of one reservation's passes, in the order in which they happened; the newest where they are many. */
export async function refusedAtGates(db: Knex, reservation: string, limit = 50): Promise<RefusedAtGate[]> {
  const rows = await db('gate_refusal')
    .where({ reservation_id: reservation })
    .orderBy('occurred_at', 'desc')
    .limit(limit);
  return rows.reverse().map((row) => ({
    gate: row.gate_id,
    ordinal: row.ordinal,
    reason: row.reason,
    direction: row.direction,
    method: row.method,
    at: row.occurred_at,
  }));
}
