import type { Knex } from 'knex';
import { maskName } from '../domain/masking.ts';
import type { Channel, Outcome, Stage, Verdict } from '../domain/reservation.ts';
import type { FieldCipher } from '../platform/crypto.ts';

/**
 * The inbox. A task is one required signature; only tasks of a staff member's own departments exist
 * for them, so every look-up starts from `staff_department` and anything else is simply not found.
 */

export type TaskStatus = 'open' | 'approved' | 'rejected' | 'withdrawn';

export interface TaskLine {
  id: string;
  reservation: string;
  department: string;
  channel: Channel;
  campus: string;
  /** The lead visitor's name, masked. */
  lead: string;
  persons: number;
  from: Date;
  until: Date;
  status: TaskStatus;
  openedAt: Date;
  decideBy: Date;
  closedAt: Date | null;
  /** Somebody's decision is kept; it does not show in the task yet. */
  deciding: boolean;
}

export interface Task extends TaskLine {
  submission: string;
  reason: string;
  host: string | null;
  note: string | null;
  stage: Stage;
  outcome: Outcome | null;
  decision: { staff: string; verdict: Verdict; reason: string | null; at: Date } | null;
}

/** Waiting tasks, the most urgent first. `after` is the last line of the page before. */
export async function openTasks(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  page: { limit: number; after?: { decideBy: Date; id: string } },
): Promise<TaskLine[]> {
  const rows: LineRow[] = await lines(db, staff)
    .where('t.status', 'open')
    .modify((query) => {
      if (page.after) query.whereRaw('(t.decide_by, t.id) > (?, ?)', [page.after.decideBy, page.after.id]);
    })
    .orderBy(['t.decide_by', 't.id'])
    .limit(page.limit);
  return rows.map((row) => readLine(cipher, row));
}

/** What these departments closed lately, newest first. */
export async function closedTasks(db: Knex, cipher: FieldCipher, staff: string, limit = 20): Promise<TaskLine[]> {
  const rows: LineRow[] = await lines(db, staff)
    .whereNot('t.status', 'open')
    .orderBy('t.closed_at', 'desc')
    .limit(limit);
  return rows.map((row) => readLine(cipher, row));
}

/** How many tasks wait, for the number beside the inbox's name. */
export async function countOpenTasks(db: Knex, staff: string): Promise<number> {
  const row = await db('task as t')
    .join('staff_department as m', 'm.department_id', 't.department_id')
    .where({ 'm.staff_id': staff, 't.status': 'open' })
    .count({ count: '*' })
    .first();
  return Number(row?.count ?? 0);
}

/** One task as this staff member may see it; undefined when it is another department's or nobody's. */
export async function findTaskFor(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  task: string,
): Promise<Task | undefined> {
  const row = await lines(db, staff)
    .where('t.id', task)
    .leftJoin('decision as d', 'd.request_id', 't.decision_id')
    .select(
      's.id as submission_id',
      's.reason_id',
      's.host_enc',
      's.note_enc',
      'r.stage',
      'r.outcome',
      'd.request_id as decision_id',
      'd.staff_id as decided_by',
      'd.verdict',
      'd.reason_enc',
      'd.created_at as decided_at',
    )
    .first();
  if (!row) return undefined;
  const open = (table: string, column: string, id: string, data: Buffer | null) =>
    data && cipher.open({ table, column, row: id }, data);
  return {
    ...readLine(cipher, row),
    submission: row.submission_id,
    reason: row.reason_id,
    host: open('submission', 'host_enc', row.submission_id, row.host_enc),
    note: open('submission', 'note_enc', row.submission_id, row.note_enc),
    stage: row.stage,
    outcome: row.outcome,
    decision: row.decision_id && {
      staff: row.decided_by,
      verdict: row.verdict,
      reason: open('decision', 'reason_enc', row.decision_id, row.reason_enc),
      at: row.decided_at,
    },
  };
}

/**
 * Keeps what an approver decided, beside the request row of the same id; the same id again changes
 * nothing. The workflow knows only the id.
 *
 * @returns whether it was new.
 */
export async function keepDecision(
  trx: Knex,
  cipher: FieldCipher,
  decision: { request: string; reservation: string; staff: string; verdict: Verdict; reason: string },
): Promise<boolean> {
  const column = { table: 'decision', column: 'reason_enc', row: decision.request };
  const inserted = await trx('decision')
    .insert({
      request_id: decision.request,
      reservation_id: decision.reservation,
      staff_id: decision.staff,
      verdict: decision.verdict,
      reason_enc: decision.reason ? cipher.seal(column, decision.reason) : null,
    })
    .onConflict('request_id')
    .ignore()
    .returning('request_id');
  return inserted.length > 0;
}

/** Built on the newest submission: what is asked for now is what an approver decides on. */
function lines(db: Knex, staff: string) {
  return db('task as t')
    .join('staff_department as m', 'm.department_id', 't.department_id')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .join('submission as s', 's.id', 'r.submission_id')
    .join('reservation_person as p', (on) => on.on('p.submission_id', 's.id').andOnVal('p.ordinal', 0))
    .where('m.staff_id', staff)
    .select(
      't.id',
      't.reservation_id',
      't.department_id',
      't.status',
      't.opened_at',
      't.decide_by',
      't.closed_at',
      's.channel',
      's.campus_id',
      's.visit_from',
      's.visit_until',
      'p.id as person_row',
      'p.name_enc',
      db.raw('(select count(*)::int from reservation_person c where c.submission_id = s.id) as persons'),
      db.raw(`exists (select from request q where q.reservation_id = t.reservation_id and q.kind = 'decide'
        and q.status <> 'refused' and q.payload->>'task' = t.id::text) as deciding`),
    );
}

interface LineRow {
  id: string;
  reservation_id: string;
  department_id: string;
  status: TaskStatus;
  opened_at: Date;
  decide_by: Date;
  closed_at: Date | null;
  channel: Channel;
  campus_id: string;
  visit_from: Date;
  visit_until: Date;
  person_row: string;
  name_enc: Buffer;
  persons: number;
  deciding: boolean;
}

function readLine(cipher: FieldCipher, row: LineRow): TaskLine {
  return {
    id: row.id,
    reservation: row.reservation_id,
    department: row.department_id,
    channel: row.channel,
    campus: row.campus_id,
    lead: maskName(cipher.open({ table: 'reservation_person', column: 'name_enc', row: row.person_row }, row.name_enc)),
    persons: row.persons,
    from: row.visit_from,
    until: row.visit_until,
    status: row.status,
    openedAt: row.opened_at,
    decideBy: row.decide_by,
    closedAt: row.closed_at,
    deciding: row.deciding && row.status === 'open',
  };
}
