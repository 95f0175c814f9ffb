import type { Knex } from 'knex';
import {
  type Contradiction,
  type ContradictionKind,
  contradictionsOf,
  type MadeVersion,
  type SeenMovement,
} from '../../domain/gate-contradiction.ts';
import { deskOfCampus } from '../approval/revocation.ts';

/** Entries that no gate could have refused for want of a line to the others, and that should not have been. */

/**
 * Looks through all that gates saw of one person, after something of it was recorded or annulled. What is found is kept once; what does
 * not hold any more, since an entry was annulled or an exit came late, is marked so.
 *
 * @returns what was found just now
 */
export async function findContradictions(
  trx: Knex,
  { reservation, ordinal }: { reservation: string; ordinal: number },
): Promise<Contradiction[]> {
  const person = { reservation_id: reservation, ordinal };
  const events = await trx('gate_event').where({ ...person, annulled_at: null });
  const passes = await trx('pass').where(person).select('version', 'issued_at', 'revoked_at');
  const campus = await trx('reservation as r')
    .join('campus as c', 'c.id', 'r.campus_id')
    .where('r.id', reservation)
    .first('c.exits_recorded');
  const found = contradictionsOf(events.map(readMovement), passes.map(readVersion), {
    exitsRecorded: campus?.exits_recorded ?? false,
  });
  const holds = trx('gate_contradiction').where(person).whereNull('ended_at');
  await holds
    .whereNotIn(
      ['event_id', 'kind'],
      found.map(({ event, kind }) => [event, kind]),
    )
    .update({
      ended_at: trx.fn.now(),
    });
  if (found.length === 0) return [];
  const kept: { event_id: string; kind: string; is_new: boolean }[] = await trx('gate_contradiction')
    .insert(
      found.map(({ event, kind, since, other }) => ({
        ...person,
        event_id: event,
        kind,
        since: new Date(since),
        other_event_id: other ?? null,
      })),
    )
    .onConflict(['event_id', 'kind'])
    .merge({ ended_at: null })
    .returning(['event_id', 'kind', trx.raw('xmax = 0 as is_new')]);
  return found.filter(({ event, kind }) =>
    kept.some((row) => row.is_new && row.event_id === event && row.kind === kind),
  );
}

const readMovement = (row: {
  id: string;
  gate_id: string;
  direction: SeenMovement['direction'];
  occurred_at: Date;
  version: number | null;
  step: number | null;
}): SeenMovement => ({
  event: row.id,
  gate: row.gate_id,
  direction: row.direction,
  at: row.occurred_at.getTime(),
  version: row.version ?? undefined,
  step: row.step === null ? undefined : Number(row.step),
});

const readVersion = (row: { version: number; issued_at: Date; revoked_at: Date | null }): MadeVersion => ({
  version: row.version,
  issuedAt: row.issued_at.getTime(),
  revokedAt: row.revoked_at?.getTime(),
});

export interface FoundContradiction {
  kind: ContradictionKind;
  reservation: string;
  gate: string;
  /** When somebody went in, by the gate's clock. */
  at: Date;
  /** Since when the pass was worthless, or when it went in at the other gate. */
  since: Date;
  otherGate: string | null;
  foundAt: Date;
  /** The visit's own time. */
  from: Date;
  until: Date;
}

interface Row {
  kind: ContradictionKind;
  reservation_id: string;
  gate_id: string;
  occurred_at: Date;
  since: Date;
  other_gate: string | null;
  found_at: Date;
  visit_from: Date;
  visit_until: Date;
}

/** SQL over `gate_contradiction k`: it holds, and was found lately. */
const isShown = `(k.ended_at is null and k.found_at > now() - interval '7 days')`;

/** SQL for how many there are that somebody has to look into. */
export const contradictionCount = `(select count(*) from gate_contradiction k
  where ${isShown} and k.kind <> 'replaced')`;

/** Of the last seven days, the newest first. @param desk of a member of staff: only of campuses that their desk looks after */
export async function foundContradictions(
  db: Knex,
  { desk, limit }: { desk?: string; limit: number },
): Promise<FoundContradiction[]> {
  const rows: Row[] = await db('gate_contradiction as k')
    .join('gate_event as e', 'e.id', 'k.event_id')
    .join('reservation as r', 'r.id', 'k.reservation_id')
    .leftJoin('gate_event as o', 'o.id', 'k.other_event_id')
    .whereRaw(isShown)
    .modify((query) => {
      if (desk) query.whereRaw(deskOfCampus, { staff: desk });
    })
    .orderBy('k.found_at', 'desc')
    .limit(limit)
    .select('k.*', 'e.gate_id', 'e.occurred_at', 'o.gate_id as other_gate', 'r.visit_from', 'r.visit_until');
  return rows.map((row) => ({
    kind: row.kind,
    reservation: row.reservation_id,
    gate: row.gate_id,
    at: row.occurred_at,
    since: row.since,
    otherGate: row.other_gate,
    foundAt: row.found_at,
    from: row.visit_from,
    until: row.visit_until,
  }));
}
