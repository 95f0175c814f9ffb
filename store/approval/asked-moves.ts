import type { Knex } from 'knex';
import type { RefusalCode } from '../../domain/request.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { maskedLead } from './movable-visits.ts';

/** What became of the visits that an admin asked with one form to be moved. */

export interface AskedMove {
  request: string;
  reservation: string;
  /** The lead visitor's name, masked; null once it was erased. */
  lead: string | null;
  from: Date | null;
  until: Date | null;
  status: 'pending' | 'answered' | 'refused';
  /** Why not. */
  code?: RefusalCode;
  /** It brought the approval: every signature that the version asks for was there. */
  approved: boolean;
  at: Date;
  by: string;
  /** The version that it was moved to, and the one that it went by before; as numbers. */
  version: number;
  former: number | null;
}

/** In the order of no matter which form; by request. */
export async function askedMoves(db: Knex, cipher: FieldCipher, batch: string): Promise<AskedMove[]> {
  const { rows } = await db.raw<{ rows: Row[] }>(
    `select q.id as request, q.reservation_id as reservation, q.status, q.answer, q.created_at as at, q.actor_id as by,
        r.visit_from as from, r.visit_until as until, p.id as person, p.name_enc, v.version, f.version as former
      from request q
      join reservation r on r.id = q.reservation_id
      left join reservation_person p on p.submission_id = r.submission_id and p.ordinal = 0
      join approval_policy_version v on v.id::text = q.payload->>'version'
      left join policy_move m on m.request_id = q.id
      left join lateral (
        select coalesce(
          (select b.version_id from policy_move b join request w on w.id = b.request_id and w.status <> 'refused'
            where b.submission_id = m.submission_id and b.moved_at < m.moved_at order by b.moved_at desc limit 1),
          (select c.version_id from compiled_policy c where c.submission_id = m.submission_id)) as id) b on true
      left join approval_policy_version f on f.id = b.id
      where q.kind = 'move_policy' and q.payload->>'batch' = :batch
      order by q.created_at, q.id`,
    { batch },
  );
  return rows.map(({ answer, person, name_enc, ...row }) => ({
    ...row,
    lead: maskedLead(cipher, { person, name_enc }),
    approved: answer?.stage === 'pass',
    ...(answer?.code && { code: answer.code }),
  }));
}

interface Row extends Omit<AskedMove, 'lead' | 'code' | 'approved'> {
  answer: { stage?: string; code?: RefusalCode } | null;
  person: string | null;
  name_enc: Buffer | null;
}
