import type { Knex } from 'knex';
import type { Answer } from '../../domain/request.ts';
import { draftStages } from '../../domain/reservation.ts';
import { isAhead } from './behind.ts';

/** A draft that was submitted: the workflow has not answered yet, or did not admit it. */
export interface AskedDraft {
  id: string;
  /** The last request, which asked for it. */
  request: string;
  /** The last submission. */
  submission: string;
  channel: 'personal' | 'official';
  campus: string;
  department: string;
  from: Date;
  until: Date;
  answer: Answer | null;
  /** The draft's time was over before the submission reached it: what was typed is given back. */
  lapsed: boolean;
  createdAt: Date;
}

/** Undefined when it is somebody else's, or nothing was submitted. */
export async function findAskedDraft(db: Knex, visitor: string, id: string): Promise<AskedDraft | undefined> {
  const row = await submitted(db, visitor).where('r.id', id).orderBy('q.created_at', 'desc').first();
  return row && readDraft(row);
}

/** For 我的预约: what is on its way, and what was not taken and was not seen to fail. The newest first. */
export async function askedDraftsOf(db: Knex, visitor: string): Promise<AskedDraft[]> {
  const rows = await submitted(db, visitor)
    .whereRaw(`(q.status = 'pending' or q.tell_until > now() or (${isAhead}))`)
    .orderBy('q.created_at', 'desc');
  const newest = rows.filter((row, n) => rows.findIndex(({ id }) => id === row.id) === n);
  return newest.map(readDraft);
}

/** Whether a submission of the reservation is on its way, or was taken and is not in its row yet. */
export async function isSubmitting(trx: Knex, reservation: string): Promise<boolean> {
  const row = await trx('request as q')
    .join('reservation as r', 'r.id', 'q.reservation_id')
    .where({ 'r.id': reservation, 'q.kind': 'submit' })
    .whereRaw(`(q.status = 'pending' or (${isAhead}))`)
    .first('q.id');
  return row !== undefined;
}

/** Never admitted; one whose time is over only as long as its visitor has to be told. */
const submitted = (db: Knex, visitor: string) =>
  db('reservation as r')
    .join('request as q', 'q.reservation_id', 'r.id')
    .joinRaw(`join submission as s on s.id = (q.payload->>'submission')::uuid`)
    .where({ 'r.visitor_id': visitor, 'q.kind': 'submit' })
    .whereNull('r.submission_id')
    .whereNull('s.erased_at')
    .where((open) => {
      open.whereIn('r.stage', draftStages).orWhereRaw(`q.status = 'pending'`).orWhereRaw('q.tell_until > now()');
    })
    .select<Row[]>(
      'r.id',
      'r.stage',
      's.id as submission',
      's.channel',
      's.campus_id',
      's.department_id',
      's.visit_from',
      's.visit_until',
      'q.id as request_id',
      'q.answer',
      'q.created_at',
    );

interface Row {
  id: string;
  request_id: string;
  stage: string;
  submission: string;
  channel: AskedDraft['channel'];
  campus_id: string;
  department_id: string;
  visit_from: Date;
  visit_until: Date;
  answer: Answer | null;
  created_at: Date;
}

const readDraft = (row: Row): AskedDraft => ({
  id: row.id,
  request: row.request_id,
  submission: row.submission,
  channel: row.channel,
  campus: row.campus_id,
  department: row.department_id,
  from: row.visit_from,
  until: row.visit_until,
  answer: row.answer,
  lapsed: row.stage === 'closed',
  createdAt: row.created_at,
});
