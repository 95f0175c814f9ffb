import { type RequestKind, shownOf } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';

/**
 * A row learns of an answer a moment later, and much later where the row is locked. Until then what was answered is laid
 * over what the row says: no page says what is over, or offers what the answer excludes.
 */

/** SQL over `request q` beside reservation `r`: answered, and the row does not show it yet. A closed row shows everything. */
export const isAhead = `q.reservation_id = r.id and q.status = 'answered' and r.stage <> 'closed'
  and (q.answer->>'seq')::int > r.seq`;

/** SQL beside reservation `r`: the answers that its row does not show yet, the oldest first, as JSON. */
export const ahead = `(select coalesce(json_agg(json_build_object(
      'kind', q.kind, 'stage', q.answer->>'stage', 'seq', (q.answer->>'seq')::int,
      'at', (extract(epoch from q.answered_at) * 1000)::bigint) order by (q.answer->>'seq')::int), '[]')
  from request q where ${isAhead})`;

/** SQL beside reservation `r`: the stage that was answered last. */
export const stageAnswered = `coalesce((select q.answer->>'stage' from request q where ${isAhead}
  order by (q.answer->>'seq')::int desc limit 1), r.stage)`;

/** One of `ahead`; `at` in epoch milliseconds. */
export interface Ahead {
  kind: RequestKind;
  stage: Stage;
  seq: number;
  at: number;
}

/** The answer that the row does not show yet and that changes what may be asked; else one that only counts. */
export interface Behind {
  kind: RequestKind;
  seq: number;
  /** It only counts: everything else may be asked as before. */
  counts: boolean;
}

interface StageRow {
  stage: Stage;
  outcome: Outcome | null;
}

/** @returns the row with the answers laid over it, and the answer that it does not show yet */
export function layOver<Row extends StageRow>(row: Row, answers: Ahead[]): Row & { behind: Behind | null } {
  const shown = answers.filter(({ kind }) => shownOf(kind));
  const last = shown.findLast(({ kind }) => !shownOf(kind)?.counts) ?? shown.at(-1);
  const over = answers.find(({ stage }) => stage === 'closed');
  return {
    ...row,
    stage: answers.at(-1)?.stage ?? row.stage,
    outcome: over ? (shownOf(over.kind)?.closes ?? null) : row.outcome,
    behind: last ? { kind: last.kind, seq: last.seq, counts: shownOf(last.kind)?.counts === true } : null,
  };
}

/** What only a whole reservation has: an answer ends a change or a proposal, and counts reminders. */
export function layOverWishes<
  Row extends { change: unknown; proposal: unknown; nudges: number; nudgedAt: Date | null },
>(row: Row, answers: Ahead[]): Row {
  const ends = answers.flatMap(({ kind }) => shownOf(kind)?.ends ?? []);
  const { nudges, nudgedAt } = countReminders(row, answers);
  return {
    ...row,
    change: ends.includes('change') ? null : row.change,
    proposal: ends.includes('proposal') ? null : row.proposal,
    nudges,
    nudgedAt,
  };
}

export function countReminders(row: { nudges: number; nudgedAt: Date | null }, answers: Ahead[]) {
  const reminders = answers.filter(({ kind }) => shownOf(kind)?.counts);
  const last = reminders.at(-1);
  return { nudges: row.nudges + reminders.length, nudgedAt: last ? new Date(last.at) : row.nudgedAt };
}

/** When it was answered that the visit is over; undefined while it goes on. */
export function overSince(answers: Ahead[]): Date | undefined {
  const over = answers.find(({ stage }) => stage === 'closed');
  return over && new Date(over.at);
}
