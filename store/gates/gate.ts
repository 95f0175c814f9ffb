import type { Knex } from 'knex';
import type { GatePlace } from '../../domain/feed.ts';
import type { UnwrittenDisk } from '../../domain/gate-disk.ts';
import { type GateKeyName, type GateKeyUse, nameOfGateKey } from '../../domain/gate-keys.ts';

/** Gates as partners: their keys, what they fetched, what they said they applied. */

export interface EnrolledGate {
  id: string;
  /** Raw 32-byte Ed25519 key that signs the gate's requests. */
  identityKey: Buffer;
  /** Raw 32-byte X25519 key to which everything is sealed that the gate is told. */
  sealingKey: Buffer;
  /** uuid */
  campus: string;
  place: GatePlace;
}

/** A gate in service; undefined when it is retired or was never there. */
export async function findEnrolledGate(db: Knex, id: string): Promise<EnrolledGate | undefined> {
  const row = await db('gate as g')
    .join('campus as c', 'c.id', 'g.campus_id')
    .where('g.id', id)
    .whereNull('g.retired_at')
    .first('g.*', 'c.number as campus_number', 'c.exits_recorded', 'c.name_zh as campus_zh', 'c.name_en as campus_en');
  if (!row) return undefined;
  return {
    id: row.id,
    identityKey: row.identity_key,
    sealingKey: row.sealing_key,
    campus: row.campus_id,
    place: {
      campus: row.campus_number,
      number: row.number,
      exitsRecorded: row.exits_recorded,
      campusName: { 'zh-CN': row.campus_zh, en: row.campus_en },
      gateName: { 'zh-CN': row.name_zh, en: row.name_en },
    },
  };
}

/**
 * A gate has asked for its feed.
 * @param contact `pulledThrough`: what it has stored; `forwardedThrough`: every event before was forwarded, never later
 * than our own clock and never going back; `believed`: names of the public keys it has stored, none from a gate of before;
 * `disk`: what it says of a disk that it cannot write, its `since` never later than our own clock
 */
export async function recordContact(
  db: Knex,
  contact: {
    gate: string;
    pulledThrough: number;
    forwardedThrough: Date;
    believed?: readonly string[];
    /** How far its clock is ahead of ours, in ms; the way there is in it. */
    clockAhead?: number;
    disk?: UnwrittenDisk | undefined;
  },
): Promise<void> {
  await db.raw(
    `insert into gate_contact (gate_id, seen_at, pulled_through, forwarded_through, believed_keys,
                               disk_failing_since, disk_kept, disk_lost, clock_ahead_ms)
     values (:gate, now(), :pulledThrough, least(cast(:forwardedThrough as timestamptz), now()),
             string_to_array(:believed, ','),
             case when cast(:since as timestamptz) is not null then least(cast(:since as timestamptz), now()) end,
             :kept, :lost, :clockAhead)
     on conflict (gate_id) do update set
       seen_at = excluded.seen_at,
       pulled_through = excluded.pulled_through,
       believed_keys = excluded.believed_keys,
       disk_failing_since = excluded.disk_failing_since,
       disk_kept = excluded.disk_kept,
       disk_lost = excluded.disk_lost,
       clock_ahead_ms = excluded.clock_ahead_ms,
       forwarded_through = greatest(gate_contact.forwarded_through, excluded.forwarded_through)`,
    {
      gate: contact.gate,
      pulledThrough: contact.pulledThrough,
      forwardedThrough: contact.forwardedThrough,
      believed: (contact.believed ?? []).join(),
      since: contact.disk ? new Date(contact.disk.since) : null,
      kept: contact.disk?.kept ?? null,
      lost: contact.disk?.lost ?? null,
      clockAhead: contact.clockAhead ?? null,
    },
  );
}

/** What a gate answered on its queue, or why it did not: degraded until it answers again. */
export async function recordAcknowledgement(
  db: Knex,
  acknowledgement: { gate: string; applied: number; at: Date; fault?: string },
): Promise<void> {
  await db.raw(
    `insert into gate_acknowledgement (gate_id, applied_through, applied_at, degraded_since, fault)
     values (:gate, cast(:applied as bigint), case when cast(:fault as text) is null then cast(:at as timestamptz) end,
             case when cast(:fault as text) is not null then cast(:at as timestamptz) end, :fault)
     on conflict (gate_id) do update set
       applied_through = greatest(gate_acknowledgement.applied_through, excluded.applied_through),
       applied_at = coalesce(excluded.applied_at, gate_acknowledgement.applied_at),
       degraded_since = case when excluded.fault is null then null
         else coalesce(gate_acknowledgement.degraded_since, excluded.degraded_since) end,
       fault = excluded.fault`,
    { ...acknowledgement, fault: acknowledgement.fault ?? null },
  );
}

/** Ids of the gates in service of a campus that have not yet forwarded every event before a moment. */
export async function gatesBehind(db: Knex, campus: string, moment: Date): Promise<string[]> {
  return db('gate as g')
    .leftJoin('gate_contact as c', 'c.gate_id', 'g.id')
    .where('g.campus_id', campus)
    .whereNull('g.retired_at')
    .andWhere((behind) => behind.whereNull('c.gate_id').orWhere('c.forwarded_through', '<', moment))
    .orderBy('g.id')
    .pluck('g.id');
}

/** Ids of the gates in service that have not said that they believe a public key. */
export const gatesWithoutKey = (db: Knex, key: GateKeyName): Promise<string[]> =>
  gatesBy(db, '(? = any(c.believed_keys)) is not true', key);

/** Ids of the gates in service that believed a public key when they were last heard of. */
export const gatesWithKey = (db: Knex, key: GateKeyName): Promise<string[]> =>
  gatesBy(db, '? = any(c.believed_keys)', key);

/** Keys of a use that gates in service say they believe, and that nobody of ours told them of: a thief may have. */
export async function strangeKeys(db: Knex, use: GateKeyUse): Promise<{ gate: string; name: string }[]> {
  const { rows } = await db.raw<{ rows: { gate: string; name: string }[] }>(
    `select g.id as gate, name from gate g join gate_contact c on c.gate_id = g.id, unnest(c.believed_keys) name
      where g.retired_at is null and name like :use || '/%'
        and not exists (select from public_key p where p.use || '/' || p.kid = name)
      order by g.id, name`,
    { use },
  );
  return rows;
}

/** @param believes SQL for what a gate in service said of the key. One that never said anything has no `c`. */
const gatesBy = async (db: Knex, believes: string, key: GateKeyName): Promise<string[]> =>
  db('gate as g')
    .leftJoin('gate_contact as c', 'c.gate_id', 'g.id')
    .whereNull('g.retired_at')
    .whereRaw(believes, [nameOfGateKey(key)])
    .orderBy('g.id')
    .pluck('g.id');

/** What a gate in service said last; undefined where there is no such gate, and `seenAt` null where it said nothing yet. */
export async function contactOf(
  db: Knex,
  id: string,
): Promise<{ seenAt: Date | null; isAtHead: boolean; believed: string[] } | undefined> {
  const row = await db('gate as g')
    .leftJoin('gate_contact as c', 'c.gate_id', 'g.id')
    .where('g.id', id)
    .whereNull('g.retired_at')
    .first('c.seen_at', 'c.believed_keys', db.raw('c.pulled_through >= g.feed_position as is_at_head'));
  return row && { seenAt: row.seen_at, isAtHead: row.is_at_head === true, believed: row.believed_keys ?? [] };
}

/** Gates whose feed has grown since it was last announced. */
export async function gatesToAnnounce(db: Knex): Promise<{ gate: string; position: number }[]> {
  return db('gate')
    .whereNull('retired_at')
    .andWhere('feed_position', '>', db.ref('announced_position'))
    .orderBy('id')
    .select('id as gate', 'feed_position as position');
}

/** The gate's workflow has been told; a later position stays to be announced. */
export async function markAnnounced(db: Knex, gate: string, position: number): Promise<void> {
  await db('gate')
    .where({ id: gate })
    .andWhere('announced_position', '<', position)
    .update({ announced_position: position });
}
