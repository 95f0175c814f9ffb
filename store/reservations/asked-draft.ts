import type { Knex } from 'knex';
import type { Answer } from '../../domain/request.ts';
import { draftStages } from '../../domain/reservation.ts';

/** A draft that was submitted: the workflow has not answered yet, or did not admit it. */
export interface AskedDraft {
  id: string;
  /** The last submission. */
  submission: string;
  channel: 'personal' | 'official';
  answer: Answer | null;
}

/** Undefined when it is somebody else's, or nothing was submitted. */
export async function findAskedDraft(db: Knex, visitor: string, id: string): Promise<AskedDraft | undefined> {
  const row = await db('reservation as r')
    .join('request as q', 'q.reservation_id', 'r.id')
    .joinRaw(`join submission as s on s.id = (q.payload->>'submission')::uuid`)
    .where({ 'r.id': id, 'r.visitor_id': visitor, 'q.kind': 'submit' })
    .whereIn('r.stage', draftStages)
    .whereNull('r.submission_id')
    .orderBy('q.created_at', 'desc')
    .first('r.id', 's.id as submission', 's.channel', 'q.answer');
  return row && { id: row.id, submission: row.submission, channel: row.channel, answer: row.answer };
}
