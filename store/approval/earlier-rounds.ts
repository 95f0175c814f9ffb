import type { Knex } from 'knex';
import type { ActingWay } from '../../domain/staff-role.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { findDecisionReason } from './decision.ts';
import { stillGiven } from './withdrawal.ts';

/** What was answered before a visit was corrected, or changed while it waited: it counts for nothing since. */
export interface EarlierAnswer {
  /** Counted from 0. */
  round: number;
  step: number;
  verdict: 'approved' | 'returned';
  by: string;
  via: ActingWay;
  behalf: string | null;
  reason: string | undefined;
  /** Names of fields that the visitor was to correct. */
  marked: string[] | null;
  at: Date;
}

/** Of the rounds before the one of this task, the oldest first. */
export async function earlierAnswers(db: Knex, cipher: FieldCipher, task: string): Promise<EarlierAnswer[]> {
  const { rows } = await db.raw<{ rows: (Omit<EarlierAnswer, 'reason'> & { id: string })[] }>(
    `select d.request_id as id, t.round, t.step, d.verdict, d.staff_id as by, coalesce(d.via, 'own') as via, d.behalf_id as behalf,
        d.marked_fields as marked, d.created_at as at
      from task own join decision d on d.reservation_id = own.reservation_id and d.submission_id <> own.submission_id
        and d.verdict in ('approved', 'returned') and ${stillGiven('d')}
      join request q on q.id = d.request_id and q.status <> 'refused'
      join task t on t.reservation_id = own.reservation_id and t.id::text = q.payload->>'task' and t.round < own.round
      where own.id = :task order by d.created_at`,
    { task },
  );
  return Promise.all(
    rows.map(async ({ id, ...row }) => ({ ...row, reason: await findDecisionReason(db, cipher, id) })),
  );
}
