import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import { answersThatClose, type TaskStatus } from '../../domain/request.ts';
import type { Channel } from '../../domain/reservation.ts';
import type { VisitAnswers } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { type Ahead, ahead, countReminders, isAhead, layOver, overSince } from '../reservations/behind.ts';
import { type AnswerColumns, openAnswers } from '../reservations/visit-answers.ts';
import { stillGiven } from './withdrawal.ts';

/** One line of the inbox, as the member of staff who reads it may see it. */

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
  /** The colleague who is at work on it, by name. */
  claimedBy: string | null;
  /** Somebody's decision is kept; it does not show in the task yet. */
  deciding: boolean;
  /** What the visitor asked was answered and touches the task, which does not show it yet. */
  behind: boolean;
}

/** Each on the submission it decides about: the round's, or that of a change beside the standing approval. Anybody's. */
export function linesOf(db: Knex) {
  return db('task as t')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .joinRaw('join submission as s on s.id = coalesce(t.submission_id, r.submission_id)')
    .join('reservation_person as p', (on) => on.on('p.submission_id', 's.id').andOnVal('p.ordinal', 0))
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
      // A change that waits; once decided, one that was asked for while the visit stood.
      db.raw(`case when t.status = 'open' then r.change_submission_id is not distinct from s.id
        else exists (select from request q where q.reservation_id = t.reservation_id and q.kind = 'change'
          and q.payload->>'submission' = s.id::text and q.answer->>'stage' <> 'approval') end as beside`),
      db.raw('(select count(*)::int from reservation_person c where c.submission_id = s.id) as ready'),
      db.raw(`(select count(*)::int from awaited_person a where a.submission_id = s.id and not exists (
        select from reservation_person c where c.submission_id = s.id and c.ordinal = a.ordinal)) as awaited`),
      db.raw(`${ahead} as ahead`),
      db.raw(`(select w.name from claim c join staff w on w.id = c.staff_id
        where c.task_id = t.id and c.released_at is null) as claimed_by`),
      // What closes a task has done so when its answer is there, and shows a moment later.
      db.raw(
        `exists (select from request q where q.reservation_id = t.reservation_id and q.payload->>'task' = t.id::text
          and (q.kind = any(?) and q.status <> 'refused' and ${stillGiven('q', 'id')} or q.kind = any(?) and (q.status = 'pending' or ${isAhead}))) as deciding`,
        [answersThatClose(true), answersThatClose(false)],
      ),
    );
}

export interface TaskLineRow extends AnswerColumns {
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
  claimed_by: string | null;
}

/** The visitor changed, took back or accepted something: the open task is about to be replaced. */
export const isTouched = (answers: Ahead[]): boolean => {
  const { behind } = layOver({ stage: 'approval', outcome: null }, answers);
  return behind !== null && !behind.counts;
};

export function readTaskLine(cipher: FieldCipher, row: TaskLineRow): TaskLine {
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
    claimedBy: row.status === 'open' ? row.claimed_by : null,
    deciding: row.deciding && row.status === 'open',
    behind: row.status === 'open' && isTouched(row.ahead),
  };
}

const maskedLead = (name: string | null): string | null => (name === null ? null : maskName(name));
