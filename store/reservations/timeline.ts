import type { Knex } from 'knex';
import type { Direction } from '../../domain/reservation.ts';
import type { ActingWay } from '../../domain/staff-role.ts';

/** What happened to a reservation, dated, in the order in which its workflow decided it. */

/** Whom a delegate or an assistant acted for. */
export interface StoodInFor {
  via: ActingWay;
  staff: string;
}

export interface TimelineLine {
  /** Catalogue key under `timeline.<kind>`. */
  kind: string;
  actor: { kind: 'visitor' | 'staff' | 'system' | 'gate'; id: string | null; for?: StoodInFor };
  /** A row the entry speaks of: decision, gate event. */
  reference: string | null;
  at: Date;
  /** A gate reported it only after the reservation was closed. */
  late: boolean;
}

export async function timelineOf(db: Knex, reservation: string): Promise<TimelineLine[]> {
  const [entries, late, left] = await Promise.all([
    db('timeline as l')
      .leftJoin('decision as d', (on) =>
        on.on('d.request_id', 'l.reference').andOn(db.raw(`l.actor_kind = 'staff' and l.actor_id = d.staff_id::text`)),
      )
      .where({ 'l.reservation_id': reservation })
      .orderBy(['l.seq', 'l.n'])
      .select('l.*', 'd.via', 'd.behalf_id'),
    db('gate_event').where({ reservation_id: reservation, late: true }).orderBy('occurred_at'),
    approversLeft(db, reservation),
  ]);
  const decided: TimelineLine[] = entries.map((row) => ({
    kind: row.kind,
    actor: {
      kind: row.actor_kind,
      id: row.actor_id,
      ...(row.behalf_id && { for: { via: row.via, staff: row.behalf_id } }),
    },
    reference: row.reference,
    at: row.at,
    late: false,
  }));
  for (const line of left) {
    const next = decided.findIndex(({ at }) => at > line.at);
    decided.splice(next < 0 ? decided.length : next, 0, line);
  }
  return [
    ...decided,
    ...late.flatMap((row) => {
      const of = { actor: { kind: 'gate' as const, id: row.gate_id }, reference: row.id, late: true };
      const annulled = row.annulled_at && { ...of, kind: 'annulled', at: row.annulled_at };
      return [{ ...of, kind: entryKind(row.direction), at: row.occurred_at }, ...(annulled ? [annulled] : [])];
    }),
  ];
}

/** The only person who could decide left meanwhile: no act of the process, which goes on with who is next. */
async function approversLeft(db: Knex, reservation: string): Promise<TimelineLine[]> {
  const rows = await db('audit')
    .where({ subject_kind: 'reservation', subject_id: reservation, action: 'approver_left' })
    .orderBy('id');
  return rows.map(({ at }) => ({
    kind: 'approver_left',
    actor: { kind: 'system', id: null },
    reference: null,
    at,
    late: false,
  }));
}

const entryKind = (direction: Direction): string => (direction === 'in' ? 'entered' : 'left');
