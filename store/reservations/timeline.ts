import type { Knex } from 'knex';
import type { Direction } from '../../domain/reservation.ts';

/** What happened to a reservation, dated, in the order in which its workflow decided it. */

export interface TimelineLine {
  /** Catalogue key under `timeline.<kind>`. */
  kind: string;
  actor: { kind: 'visitor' | 'staff' | 'system' | 'gate'; id: string | null };
  /** A row the entry speaks of: decision, gate event. */
  reference: string | null;
  at: Date;
  /** A gate reported it only after the reservation was closed. */
  late: boolean;
}

export async function timelineOf(db: Knex, reservation: string): Promise<TimelineLine[]> {
  const entries = await db('timeline').where({ reservation_id: reservation }).orderBy(['seq', 'n']);
  const late = await db('gate_event').where({ reservation_id: reservation, late: true }).orderBy('occurred_at');
  return [
    ...entries.map((row) => ({
      kind: row.kind as string,
      actor: { kind: row.actor_kind, id: row.actor_id },
      reference: row.reference,
      at: row.at,
      late: false,
    })),
    ...late.map((row) => ({
      kind: entryKind(row.direction),
      actor: { kind: 'gate' as const, id: row.gate_id },
      reference: row.id,
      at: row.occurred_at,
      late: true,
    })),
  ];
}

const entryKind = (direction: Direction): string => (direction === 'in' ? 'entered' : 'left');
