import type { Knex } from 'knex';

/** What the comparison of rows and workflows found: the visit, and what is wrong with its workflow. */

/**
 * `lost`: its workflow had ended, or was gone, and the row stood open. `task_failing`: its workflow gets no further.
 * `unsigned`: passes were asked for, and no decision stands for them, or their fee is not paid. `put_aside`: something was told of it that cannot be.
 */
export type VisitFaultKind = 'lost' | 'task_failing' | 'unsigned' | 'put_aside';

/** How a workflow was found that should have been running; the engine's own words, and `unknown` where it has none. */
const lostDetails = ['terminated', 'failed', 'timed_out', 'cancelled', 'completed', 'unknown'] as const;
export type LostDetail = (typeof lostDetails)[number];

export interface VisitFault {
  reservation: string;
  kind: VisitFaultKind;
  /** One of `lostDetails`, or a word of what was seen. */
  detail: string;
  since: Date;
  seenAt: Date;
}

export async function recordVisitFault(
  db: Knex,
  fault: {
    reservation: string;
    kind: VisitFaultKind;
    detail: LostDetail | 'attempts' | 'no_decision' | 'gate_event' | 'message' | 'payment' | 'unpaid';
  },
): Promise<void> {
  await db('visit_fault')
    .insert({ reservation_id: fault.reservation, kind: fault.kind, detail: fault.detail })
    .onConflict(['reservation_id', 'kind'])
    .merge({ detail: fault.detail, seen_at: db.fn.now() });
}

/** The workflow goes on again. */
export async function endVisitFault(db: Knex, reservation: string, kind: VisitFaultKind): Promise<void> {
  await db('visit_fault').where({ reservation_id: reservation, kind }).delete();
}

/** SQL condition on `visit_fault f`: what was lost is told for a week, what gets no further as long as it was seen lately. */
export const isVisitFault = `(f.kind in ('lost', 'put_aside') and f.seen_at > now() - interval '7 days'
  or f.kind in ('task_failing', 'unsigned') and f.seen_at > now() - interval '1 day')`;

/** Newest first. */
export async function visitFaults(db: Knex, limit: number): Promise<VisitFault[]> {
  const rows = await db('visit_fault as f').whereRaw(isVisitFault).orderBy('f.since', 'desc').limit(limit);
  return rows.map((row) => ({
    reservation: row.reservation_id,
    kind: row.kind,
    detail: row.detail,
    since: row.since,
    seenAt: row.seen_at,
  }));
}
