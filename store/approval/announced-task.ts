import type { Knex } from 'knex';
import { maskName } from '../../domain/masking.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Localized } from '../content/content-cache.ts';
import { notCalledOff } from './waiting.ts';

/** A task as a message may tell it: the lead visitor's name masked, no document, no phone, no plate. */
export interface AnnouncedTask {
  id: string;
  /** Masked; empty once it was erased. */
  lead: string;
  persons: number;
  campus: Localized;
  department: Localized;
  reason: Localized;
  from: Date;
  until: Date;
  decideBy: Date;
  nudges: number;
  /** A later step sent the visit back, so that it was opened again. */
  sentBack: boolean;
}

const columns = [
  't.id',
  't.decide_by',
  't.nudges',
  's.visit_from',
  's.visit_until',
  'p.id as person_row',
  'p.name_enc',
  'c.name_zh as campus_zh',
  'c.name_en as campus_en',
  'd.name_zh as department_zh',
  'd.name_en as department_en',
  'w.name_zh as reason_zh',
  'w.name_en as reason_en',
];

function announced(db: Knex) {
  return db('task as t')
    .join('reservation as r', 'r.id', 't.reservation_id')
    .joinRaw('join submission as s on s.id = coalesce(t.submission_id, r.submission_id)')
    .join('reservation_person as p', (on) => on.on('p.submission_id', 's.id').andOnVal('p.ordinal', 0))
    .join('campus as c', 'c.id', 's.campus_id')
    .join('department as d', 'd.id', 't.department_id')
    .join('reason as w', 'w.id', 's.reason_id')
    .select(
      ...columns,
      db.raw(`exists (select from timeline l where l.reservation_id = t.reservation_id and l.kind = 'returned_to_step'
        and l.at = t.opened_at) as sent_back`),
      db.raw(`(select count(*)::int from reservation_person n where n.submission_id = s.id)
        + (select count(*)::int from awaited_person n where n.submission_id = s.id and not exists (
            select from reservation_person q where q.submission_id = s.id and q.ordinal = n.ordinal)) as persons`),
    );
}

export async function announcedTask(db: Knex, cipher: FieldCipher, task: string): Promise<AnnouncedTask | undefined> {
  const row = await announced(db).where('t.id', task).first();
  return row && read(cipher, row);
}

/** What waits for a person, the most urgent first, and how much there is altogether. */
export async function waitingTasks(
  db: Knex,
  cipher: FieldCipher,
  staff: string,
  limit: number,
): Promise<{ tasks: AnnouncedTask[]; count: number }> {
  const theirs = (query: Knex.QueryBuilder) =>
    query
      .where('t.status', 'open')
      .whereRaw(notCalledOff)
      .whereRaw('exists (select from task_actor a where a.task_id = t.id and a.staff_id = ?)', [staff]);
  const rows = await theirs(announced(db)).orderBy(['t.decide_by', 't.id']).limit(limit);
  const [counted] = await theirs(db('task as t').join('reservation as r', 'r.id', 't.reservation_id')).count(
    '* as count',
  );
  return { tasks: rows.map((row: AnnouncedRow) => read(cipher, row)), count: Number(counted?.count ?? 0) };
}

interface AnnouncedRow {
  id: string;
  decide_by: Date;
  nudges: number;
  sent_back: boolean;
  visit_from: Date;
  visit_until: Date;
  person_row: string;
  name_enc: Buffer | null;
  persons: number;
  [name: string]: unknown;
}

function read(cipher: FieldCipher, row: AnnouncedRow): AnnouncedTask {
  const names = (of: string): Localized => ({ 'zh-CN': String(row[`${of}_zh`]), en: String(row[`${of}_en`]) });
  const name =
    row.name_enc && cipher.open({ table: 'reservation_person', column: 'name_enc', row: row.person_row }, row.name_enc);
  return {
    id: row.id,
    lead: name ? maskName(name) : '',
    persons: row.persons,
    campus: names('campus'),
    department: names('department'),
    reason: names('reason'),
    from: row.visit_from,
    until: row.visit_until,
    decideBy: row.decide_by,
    nudges: row.nudges,
    sentBack: row.sent_back,
  };
}
