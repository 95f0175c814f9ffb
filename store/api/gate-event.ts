import type { Knex } from 'knex';
import type { Direction } from '../../domain/reservation.ts';

/** What gates saw, as other systems of the university read it: in the order in which it was recorded, and none left out. */

/**
 * Longer than an event may take from the beginning of its transaction, which is its time, to the end: one that is younger may
 * still become visible before another one, and a reader who went on behind it would never see that. In seconds.
 */
export const settledAfter = 6;

export interface ReadGateEvent {
  id: string;
  gate: string;
  direction: Direction;
  /** The kind of credential. */
  method: string;
  visit: string;
  ordinal: number;
  /** By the gate's own clock. */
  occurredAt: Date;
  recordedAt: Date;
  /** Since when it counts no more: the arm did not turn. */
  annulledAt: Date | null;
}

/** Where a reader stands: microseconds of a record since 1970, and its id. */
export interface EventPlace {
  recorded: string;
  id: string;
}

interface Row {
  id: string;
  gate_id: string;
  direction: Direction;
  method: string;
  reservation_id: string;
  ordinal: number;
  occurred_at: Date;
  recorded_at: Date;
  annulled_at: Date | null;
  recorded: string;
}

/** Oldest first, only those that are settled. @param page.after left out: from the first that is kept */
export async function listGateEvents(
  db: Knex,
  filter: { departments?: readonly string[] | undefined; gate?: string | undefined },
  page: { limit: number; after?: EventPlace | undefined },
): Promise<{ events: ReadGateEvent[]; last?: EventPlace; more: boolean }> {
  const rows: Row[] = await db('gate_event as e')
    .join('reservation as r', 'r.id', 'e.reservation_id')
    .whereRaw(`e.recorded_at < now() - ? * interval '1 second'`, [settledAfter])
    .modify((query) => {
      if (filter.departments) query.whereIn('r.department_id', [...filter.departments]);
      if (filter.gate) query.where('e.gate_id', filter.gate);
      if (page.after)
        query.whereRaw(
          `(e.recorded_at, e.id) > (timestamptz 'epoch' + cast(? as bigint) * interval '1 microsecond', cast(? as uuid))`,
          [page.after.recorded, page.after.id],
        );
    })
    .orderByRaw('e.recorded_at, e.id')
    .limit(page.limit + 1)
    .select('e.*', db.raw('(extract(epoch from e.recorded_at) * 1000000)::bigint as recorded'));
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  return {
    events: shown.map((row) => ({
      id: row.id,
      gate: row.gate_id,
      direction: row.direction,
      method: row.method,
      visit: row.reservation_id,
      ordinal: row.ordinal,
      occurredAt: row.occurred_at,
      recordedAt: row.recorded_at,
      annulledAt: row.annulled_at,
    })),
    ...(last && { last: { recorded: String(last.recorded), id: last.id } }),
    more: rows.length > page.limit,
  };
}
