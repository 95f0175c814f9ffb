import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { findDecisionReason } from './decision.ts';

/** One time that a visit was sent back to an earlier step. */
export interface PastReturn {
  by: string;
  reason: string | undefined;
  /** Names of fields that were marked: what that step is to look at. */
  marked: string[] | null;
  at: Date;
  /** Counted from 0: where it was sent back, and to which step. */
  from: number;
  to: number;
}

/** What a task has to do with: its step, or one before it, was asked anew. The oldest first. */
export async function returnsOf(db: Knex, cipher: FieldCipher, task: string): Promise<PastReturn[]> {
  const { rows } = await db.raw<{ rows: (Omit<PastReturn, 'reason'> & { id: string })[] }>(
    `select d.request_id as id, d.staff_id as by, d.created_at as at, d.marked_fields as marked, o.step as from, (q.payload->>'step')::int as to
      from task t join decision d on d.reservation_id = t.reservation_id and d.submission_id = t.submission_id
        and d.verdict = 'returned_to_step'
      join request q on q.id = d.request_id and q.status <> 'refused'
      join task o on o.reservation_id = q.reservation_id and o.id::text = q.payload->>'task'
      where t.id = :task and (q.payload->>'step')::int <= t.step order by d.created_at`,
    { task },
  );
  return Promise.all(
    rows.map(async ({ id, ...row }) => ({ ...row, reason: await findDecisionReason(db, cipher, id) })),
  );
}
