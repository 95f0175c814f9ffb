import type { Knex } from 'knex';
import type { DecisionVerdict } from '../../domain/request.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { writtenOnce } from '../../platform/written-once.ts';
import { layOver } from '../reservations/behind.ts';
import { type ActingRight, rightsInOrder } from './decision.ts';
import { isTouched, readTaskLine, type TaskLine, type TaskLineRow, taskLines } from './task-line.ts';
import { notCalledOff } from './waiting.ts';

/**
 * The inbox. A task is one required signature; only tasks that a staff member may act on right now exist for them, so
 * every look-up goes through `task_actor` and anything else is simply not found.
 */

export interface Task extends TaskLine {
  /** The earlier submission that it departs from. */
  base: string | null;
  /** Whether the department's directory has somebody of the host's name; null: it does not say. */
  hostFound: true | null;
  stage: Stage;
  outcome: Outcome | null;
  /** Another time that was proposed and waits for the visitor's answer. */
  proposal: string | null;
  decision:
    | ({ staff: string; verdict: DecisionVerdict; reason: string | null; at: Date } & Partial<ActingRight>)
    | null;
  /** The member of staff who reads it. */
  reader: string;
  /** By what right the reader acts. */
  right: ActingRight;
}

/** Waiting tasks, the most urgent first, of equals the one that was asked after. `after`: the last line of the page before. */
export async function openTasks(
  { db, reads, cipher }: Looking,
  staff: string,
  page: { limit: number; after?: Pick<TaskLine, 'decideBy' | 'nudges' | 'id'> },
): Promise<TaskLine[]> {
  const query = (member: string) =>
    taskLines(db, member)
      .where('t.status', 'open')
      .whereRaw(notCalledOff)
      .orderBy(['t.decide_by', { column: 't.nudges', order: 'desc' }, 't.id'])
      .limit(page.limit);
  if (!page.after)
    return readLines(cipher, await writtenOnce<TaskLineRow>(reads, `open tasks ${page.limit}`, [staff], query));
  const { decideBy, nudges, id } = page.after;
  const after = query(staff).whereRaw('(t.decide_by, -t.nudges, t.id) > (?, ?, ?)', [decideBy, -nudges, id]);
  return readLines(cipher, await after);
}

/** What these departments closed lately, newest first. */
export async function closedTasks({ db, reads, cipher }: Looking, staff: string, limit = 20): Promise<TaskLine[]> {
  const query = (member: string) =>
    taskLines(db, member).whereNot('t.status', 'open').orderBy('t.closed_at', 'desc').limit(limit);
  return readLines(cipher, await writtenOnce<TaskLineRow>(reads, `closed tasks ${limit}`, [staff], query));
}

interface Looking {
  db: Knex;
  reads: Reads;
  cipher: FieldCipher;
}

const readLines = (cipher: FieldCipher, rows: TaskLineRow[]): TaskLine[] =>
  rows.map((row) => readTaskLine(cipher, row));

/** One task as this staff member may see it; undefined when it is another department's or nobody's. */
export async function findTaskFor(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  task: string,
): Promise<Task | undefined> {
  const row = await taskLines(db, staff)
    .where('t.id', task)
    .leftJoin('decision as d', 'd.request_id', 't.decision_id')
    .select(
      's.base_id',
      's.host_id',
      'r.stage',
      'r.outcome',
      'r.proposal_id',
      'd.request_id as decision_id',
      'd.staff_id as decided_by',
      'd.verdict',
      'd.reason_enc',
      'd.created_at as decided_at',
      'd.via',
      'd.behalf_id',
      db.raw(
        `(select json_build_object('via', m.via, 'behalf', m.behalf) from task_actor m
          where m.task_id = t.id and m.staff_id = ? order by ${rightsInOrder} limit 1) as "right"`,
        [staff],
      ),
    )
    .first();
  if (!row) return undefined;
  const open = (table: string, column: string, id: string, data: Buffer | null) =>
    data && cipher.open({ table, column, row: id }, data);
  return {
    ...readTaskLine(cipher, row),
    ...layOver({ stage: row.stage, outcome: row.outcome }, row.ahead),
    behind: row.status === 'open' && isTouched(row.ahead),
    base: row.base_id,
    hostFound: row.host_id ? true : null,
    proposal: row.proposal_id,
    decision: row.decision_id && {
      staff: row.decided_by,
      verdict: row.verdict,
      reason: open('decision', 'reason_enc', row.decision_id, row.reason_enc),
      at: row.decided_at,
      ...(row.behalf_id && { via: row.via, behalf: row.behalf_id }),
    },
    reader: staff,
    right: row.right,
  };
}
