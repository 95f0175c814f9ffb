import type { Knex } from 'knex';
import type { EntryMethod } from '../../domain/credentials.ts';
import type { HandReason } from '../../domain/hand-entry.ts';
import type { Direction } from '../../domain/reservation.ts';
import { deskOfCampus } from '../approval/revocation.ts';

/** What the gates know: of one reservation's passes, of all that is meant for them, and what they saw. */

export interface PassAtGate {
  gate: string;
  ordinal: number;
  version: number;
  kind: 'pass' | 'revoked';
  /** The gate has said that it applied this. */
  acknowledged: boolean;
  /** The gate has fetched it, whether or not it said so. */
  pulled: boolean;
  degradedSince: Date | null;
  fault: string | null;
}

/** The newest feed entry of every pass at every gate, against what the gate acknowledged; by the gates' numbers. */
export async function passesAtGates(db: Knex, reservation: string): Promise<PassAtGate[]> {
  const rows = await db('gate_feed as f')
    .distinctOn(['f.gate_id', 'f.ordinal'])
    .join('gate as g', 'g.id', 'f.gate_id')
    .leftJoin('gate_contact as c', 'c.gate_id', 'f.gate_id')
    .leftJoin('gate_acknowledgement as a', 'a.gate_id', 'f.gate_id')
    .where('f.reservation_id', reservation)
    .orderBy([{ column: 'f.gate_id' }, { column: 'f.ordinal' }, { column: 'f.position', order: 'desc' }])
    .select('f.*', 'g.number', 'c.pulled_through', 'a.applied_through', 'a.degraded_since', 'a.fault');
  const byNumber = rows.toSorted((a, b) => a.number - b.number);
  return byNumber.map((row) => ({
    gate: row.gate_id,
    ordinal: row.ordinal,
    version: row.version,
    kind: row.kind,
    acknowledged: (row.applied_through ?? 0) >= row.position,
    pulled: (row.pulled_through ?? 0) >= row.position,
    degradedSince: row.degraded_since,
    fault: row.fault,
  }));
}

export interface GateStatus {
  gate: string;
  feedPosition: number;
  appliedThrough: number;
  pulledThrough: number;
  seenAt: Date | null;
  /** Everything that it saw before was forwarded. */
  forwardedThrough: Date | null;
  /** How far its clock was ahead of ours, ms; negative: behind. */
  clockAhead: number | null;
  degradedSince: Date | null;
  fault: string | null;
  /** Its disk takes nothing, as it says itself; null while it is written. */
  disk: { since: Date; kept: number; lost: number } | null;
}

/** Every gate in service; the degraded ones first. */
export const gateStatuses = (db: Knex): Promise<GateStatus[]> => statusesOf(db('gate as g'));

/** Those of the campuses that a security desk looks after. */
export const gatesAtDesk = (db: Knex, staff: string): Promise<GateStatus[]> =>
  statusesOf(db('gate as g').whereRaw(deskOfCampus.replace('r.campus_id', 'g.campus_id'), { staff }));

async function statusesOf(gates: Knex.QueryBuilder): Promise<GateStatus[]> {
  const rows: StatusRow[] = await gates
    .leftJoin('gate_contact as c', 'c.gate_id', 'g.id')
    .leftJoin('gate_acknowledgement as a', 'a.gate_id', 'g.id')
    .whereNull('g.retired_at')
    .orderByRaw('least(a.degraded_since, c.disk_failing_since) nulls last, g.campus_id, g.number')
    .select(
      'g.id',
      'g.feed_position',
      'a.applied_through',
      'a.degraded_since',
      'a.fault',
      'c.pulled_through',
      'c.seen_at',
      'c.forwarded_through',
      'c.clock_ahead_ms',
      'c.disk_failing_since',
      'c.disk_kept',
      'c.disk_lost',
    );
  return rows.map((row) => ({
    gate: row.id,
    feedPosition: row.feed_position,
    appliedThrough: row.applied_through ?? 0,
    pulledThrough: row.pulled_through ?? 0,
    seenAt: row.seen_at,
    forwardedThrough: row.forwarded_through,
    clockAhead: row.clock_ahead_ms,
    degradedSince: row.degraded_since,
    fault: row.fault,
    disk: row.disk_failing_since && { since: row.disk_failing_since, kept: row.disk_kept, lost: row.disk_lost },
  }));
}

interface StatusRow {
  id: string;
  feed_position: number;
  applied_through: number | null;
  pulled_through: number | null;
  seen_at: Date | null;
  forwarded_through: Date | null;
  clock_ahead_ms: number | null;
  degraded_since: Date | null;
  fault: string | null;
  disk_failing_since: Date | null;
  disk_kept: number;
  disk_lost: number;
}

export interface SeenAtGate {
  gate: string;
  ordinal: number;
  direction: Direction;
  method: EntryMethod;
  /** Why a guard let them in, where one did. */
  byHand: HandReason | null;
  /** The guard at the console, by name. */
  guard: string | null;
  /** The gate's own clock. */
  at: Date;
  recordedAt: Date;
  late: boolean;
  /** The arm did not turn: it was no entry, or no exit. */
  annulledAt: Date | null;
}

/** Entries and exits of a reservation, in the order in which they happened. @param annulled with those that count no more */
export async function seenAtGates(db: Knex, reservation: string, { annulled = false } = {}): Promise<SeenAtGate[]> {
  const rows = await db('gate_event as e')
    .leftJoin('staff as s', 's.id', 'e.guard_id')
    .where({ reservation_id: reservation, ...(annulled ? {} : { annulled_at: null }) })
    .orderBy('occurred_at')
    .select('e.*', 's.name as guard_name');
  return rows.map((row) => ({
    gate: row.gate_id,
    ordinal: row.ordinal,
    direction: row.direction,
    method: row.method,
    byHand: row.by_hand,
    guard: row.guard_name,
    at: row.occurred_at,
    recordedAt: row.recorded_at,
    late: row.late,
    annulledAt: row.annulled_at,
  }));
}
