import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import { answersThatClose, type DecisionVerdict, type TaskStatus } from '../../domain/request.ts';
import type { Channel, Outcome, Stage } from '../../domain/reservation.ts';
import type { VisitAnswers } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { writtenOnce } from '../../platform/written-once.ts';
import { type Ahead, ahead, countReminders, isAhead, layOver, overSince } from '../reservations/behind.ts';
import { type AnswerColumns, openAnswers } from '../reservations/visit-answers.ts';
import { notCalledOff } from './waiting.ts';

/**
 * The inbox. A task is one required signature; only tasks that a staff member may act on right now exist for them, so
 * every look-up goes through `task_actor` and anything else is simply not found.
 */

export interface TaskLine {
  id: string;
  reservation: string;
  submission: string;
  department: string;
  channel: Channel;
  campus: string;
  /** The lead visitor's name, masked; null once it was erased. */
  lead: string | null;
  /** Everybody of the party; `awaited` of them still miss something. */
  persons: number;
  awaited: number;
  /** It changes what is approved already, and that stands until then. */
  change: boolean;
  reason: string;
  answers: VisitAnswers;
  from: Date;
  until: Date;
  status: TaskStatus;
  openedAt: Date;
  decideBy: Date;
  closedAt: Date | null;
  /** How often the visitor asked for an answer, and when last. */
  nudges: number;
  nudgedAt: Date | null;
  /** Somebody's decision is kept; it does not show in the task yet. */
  deciding: boolean;
  /** What the visitor asked was answered and touches the task, which does not show it yet. */
  behind: boolean;
}

export interface Task extends TaskLine {
  /** The earlier submission that it departs from. */
  base: string | null;
  /** Whether the department's directory has somebody of the host's name; null: it does not say. */
  hostFound: true | null;
  stage: Stage;
  outcome: Outcome | null;
  /** Another time that was proposed and waits for the visitor's answer. */
  proposal: string | null;
  decision: { staff: string; verdict: DecisionVerdict; reason: string | null; at: Date } | null;
}

/** Waiting tasks, the most urgent first, of equals the one that was asked after. `after`: the last line of the page before. */
export async function openTasks(
  { db, reads, cipher }: Looking,
  staff: string,
  page: { limit: number; after?: Pick<TaskLine, 'decideBy' | 'nudges' | 'id'> },
): Promise<TaskLine[]> {
  const query = (member: string) =>
    lines(db, member)
      .where('t.status', 'open')
      .whereRaw(notCalledOff)
      .orderBy(['t.decide_by', { column: 't.nudges', order: 'desc' }, 't.id'])
      .limit(page.limit);
  if (!page.after)
    return readLines(cipher, await writtenOnce<LineRow>(reads, `open tasks ${page.limit}`, [staff], query));
  const { decideBy, nudges, id } = page.after;
  const after = query(staff).whereRaw('(t.decide_by, -t.nudges, t.id) > (?, ?, ?)', [decideBy, -nudges, id]);
  return readLines(cipher, await after);
}

/** What these departments closed lately, newest first. */
export async function closedTasks({ db, reads, cipher }: Looking, staff: string, limit = 20): Promise<TaskLine[]> {
  const query = (member: string) =>
    lines(db, member).whereNot('t.status', 'open').orderBy('t.closed_at', 'desc').limit(limit);
  return readLines(cipher, await writtenOnce<LineRow>(reads, `closed tasks ${limit}`, [staff], query));
}

interface Looking {
  db: Knex;
  reads: Reads;
  cipher: FieldCipher;
}

const readLines = (cipher: FieldCipher, rows: LineRow[]): TaskLine[] => rows.map((row) => readLine(cipher, row));

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
    )
    .first();
  if (!row) return undefined;
  const open = (table: string, column: string, id: string, data: Buffer | null) =>
    data && cipher.open({ table, column, row: id }, data);
  return {
    ...readLine(cipher, row),
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
    },
  };
}

/** Each on the submission it decides about: the round's, or that of a change beside the standing approval. */
function lines(db: Knex, staff: string) {
  return db('task as t')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .joinRaw('join submission as s on s.id = coalesce(t.submission_id, r.submission_id)')
    .join('reservation_person as p', (on) => on.on('p.submission_id', 's.id').andOnVal('p.ordinal', 0))
    .whereRaw('exists (select from task_actor m where m.task_id = t.id and m.staff_id = ?)', [staff])
    .select(
      't.id',
      't.reservation_id',
      't.department_id',
      't.status',
      't.opened_at',
      't.decide_by',
      't.closed_at',
      't.nudges',
      't.nudged_at',
      's.id as submission_id',
      's.channel',
      's.reason_id',
      's.answers_enc',
      's.host_enc',
      's.note_enc',
      's.campus_id',
      's.visit_from',
      's.visit_until',
      'p.id as person_row',
      'p.name_enc',
      // A task in a later round than one that was approved is about a change of it.
      db.raw(`s.base_id is not null and exists (select from task e where e.reservation_id = t.reservation_id
        and e.round < t.round and e.status = 'approved') as beside`),
      db.raw('(select count(*)::int from reservation_person c where c.submission_id = s.id) as ready'),
      db.raw(`(select count(*)::int from awaited_person a where a.submission_id = s.id and not exists (
        select from reservation_person c where c.submission_id = s.id and c.ordinal = a.ordinal)) as awaited`),
      db.raw(`${ahead} as ahead`),
      // What closes a task has done so when its answer is there, and shows a moment later.
      db.raw(
        `exists (select from request q where q.reservation_id = t.reservation_id and q.payload->>'task' = t.id::text
          and (q.kind = any(?) and q.status <> 'refused' or q.kind = any(?) and (q.status = 'pending' or ${isAhead}))) as deciding`,
        [answersThatClose(true), answersThatClose(false)],
      ),
    );
}

interface LineRow extends AnswerColumns {
  id: string;
  reservation_id: string;
  department_id: string;
  status: TaskStatus;
  opened_at: Date;
  decide_by: Date;
  closed_at: Date | null;
  nudges: number;
  nudged_at: Date | null;
  submission_id: string;
  beside: boolean;
  channel: Channel;
  reason_id: string;
  campus_id: string;
  visit_from: Date;
  visit_until: Date;
  person_row: string;
  name_enc: Buffer | null;
  ready: number;
  awaited: number;
  deciding: boolean;
  ahead: Ahead[];
}

/** The visitor changed, took back or accepted something: the open task is about to be replaced. */
const isTouched = (answers: Ahead[]): boolean => {
  const { behind } = layOver({ stage: 'approval', outcome: null }, answers);
  return behind !== null && !behind.counts;
};

function readLine(cipher: FieldCipher, row: LineRow): TaskLine {
  const open = (table: string, column: string, id: string, data: Buffer | null) =>
    data && cipher.open({ table, column, row: id }, data);
  const over = overSince(row.ahead);
  return {
    id: row.id,
    reservation: row.reservation_id,
    submission: row.submission_id,
    department: row.department_id,
    channel: row.channel,
    campus: row.campus_id,
    lead: maskedLead(open('reservation_person', 'name_enc', row.person_row, row.name_enc)),
    persons: row.ready + row.awaited,
    awaited: row.awaited,
    change: row.beside,
    reason: row.reason_id,
    answers: openAnswers(cipher, row.submission_id, row),
    from: row.visit_from,
    until: row.visit_until,
    // Called off, and the row does not say so yet.
    status: row.status === 'open' && !row.deciding && over ? 'withdrawn' : row.status,
    openedAt: row.opened_at,
    decideBy: row.decide_by,
    closedAt: row.closed_at ?? over ?? null,
    ...countReminders({ nudges: row.nudges, nudgedAt: row.nudged_at }, row.status === 'open' ? row.ahead : []),
    deciding: row.deciding && row.status === 'open',
    behind: row.status === 'open' && isTouched(row.ahead),
  };
}

const maskedLead = (name: string | null): string | null => (name === null ? null : maskName(name));
