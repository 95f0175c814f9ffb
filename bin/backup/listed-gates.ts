import type { Client } from 'pg';
import { z } from 'zod';

/**
 * What the database knows of gates' own keys, and which gates are out of service: a backup brings those of its day back. Public
 * halves alone.
 */

export const listedGates = z.array(
  z.object({
    id: z.string(),
    identity: z.base64(),
    sealing: z.base64(),
    retiredAt: z.iso.datetime().nullable(),
    /** When somebody last changed the gate; null: nobody did since it was made. */
    changedAt: z.iso.datetime().nullable(),
  }),
);
export type ListedGate = z.output<typeof listedGates>[number];

/** SQL beside gate `g`: when somebody last changed it. */
export const changedAt = `(select max(a.at) from audit a
  where a.subject_kind = 'content' and a.subject_id = g.id and a.action = 'content_changed')`;

export async function listGates(client: Client): Promise<ListedGate[]> {
  const there = await client.query(
    `select to_regclass('public.gate') is not null and to_regclass('public.audit') is not null as there`,
  );
  if (!there.rows[0].there) return [];
  const { rows } = await client.query(
    `select g.id, g.identity_key, g.sealing_key, g.retired_at, ${changedAt} as changed_at from gate g order by g.id`,
  );
  return rows.map((row) => ({
    id: row.id,
    identity: row.identity_key.toString('base64'),
    sealing: row.sealing_key.toString('base64'),
    retiredAt: row.retired_at?.toISOString() ?? null,
    changedAt: row.changed_at?.toISOString() ?? null,
  }));
}

/** Of each gate what was changed last: a database that a restore has just filled knows less than the list. */
export function unitedGates(before: ListedGate[], found: ListedGate[]): ListedGate[] {
  const earlier = new Map(before.map((gate) => [gate.id, gate]));
  const now = found.map((gate) => {
    const listed = earlier.get(gate.id);
    return listed && isLater(listed, gate) ? listed : gate;
  });
  const known = new Set(found.map(({ id }) => id));
  return [...before.filter(({ id }) => !known.has(id)), ...now];
}

/** Whether the one was changed after the other. */
export const isLater = (one: Pick<ListedGate, 'changedAt'>, other: Pick<ListedGate, 'changedAt'>): boolean =>
  changed(one) > changed(other);

const changed = ({ changedAt: at }: Pick<ListedGate, 'changedAt'>): number => (at === null ? 0 : Date.parse(at));
