import type { Knex } from 'knex';
import { stillGiven } from './withdrawal.ts';

/** Who was faster: the answer that closed a task, or is about to. */
export interface ClosingAnswer {
  staff: string;
  name: string;
  verdict: 'approved' | 'rejected' | 'returned';
  at: Date;
}

export async function closingAnswer(
  db: Knex,
  { id, reservation }: { id: string; reservation: string },
): Promise<ClosingAnswer | undefined> {
  return db('decision as d')
    .join('request as q', 'q.id', 'd.request_id')
    .join('staff as s', 's.id', 'd.staff_id')
    .where({ 'd.reservation_id': reservation, 'q.reservation_id': reservation })
    .whereIn('d.verdict', ['approved', 'rejected', 'returned'])
    .whereRaw(`q.payload->>'task' = ?`, [id])
    .whereNot('q.status', 'refused')
    .whereRaw(stillGiven('d'))
    .orderBy('d.created_at', 'desc')
    .first('d.staff_id as staff', 's.name', 'd.verdict', 'd.created_at as at');
}
