import type { Knex } from 'knex';
import type { Channel } from '../../domain/reservation.ts';
import type { VisitAnswers } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Reads } from '../../platform/reads.ts';
import { type AnswerColumns, openAnswers } from './visit-answers.ts';

/** What a submission asks for, without its people: those are read in store/reservations/submission.ts. */

export interface Wish {
  /** Made by the page; the Update carries it. */
  id: string;
  reservation: string;
  /** `change` departs from the standing submission `base`. */
  kind: 'request' | 'change';
  base: string | null;
  channel: Channel;
  campus: string;
  department: string;
  reason: string;
  /** The host's row in the department's directory, where there is one of exactly the name that was answered. */
  hostRow: string | null;
  answers: VisitAnswers;
  from: Date;
  until: Date;
}

interface WishRow extends AnswerColumns {
  id: string;
  reservation_id: string;
  kind: Wish['kind'];
  base_id: string | null;
  channel: Channel;
  campus_id: string;
  department_id: string;
  reason_id: string;
  host_id: string | null;
  visit_from: Date;
  visit_until: Date;
}

function openWish(cipher: FieldCipher, row: WishRow): Wish {
  return {
    id: row.id,
    reservation: row.reservation_id,
    kind: row.kind,
    base: row.base_id,
    channel: row.channel,
    campus: row.campus_id,
    department: row.department_id,
    reason: row.reason_id,
    hostRow: row.host_id,
    answers: openAnswers(cipher, row.id, row),
    from: row.visit_from,
    until: row.visit_until,
  };
}

/** One of them, in clear: only for those who may see the reservation. */
export async function findWish(db: Knex, cipher: FieldCipher, id: string): Promise<Wish | undefined> {
  const row: WishRow | undefined = await db('submission').where({ id }).first();
  return row && openWish(cipher, row);
}

/** What a visitor asked for last in a channel, as far as it was not erased. */
export async function lastWishOf(
  reads: Reads,
  cipher: FieldCipher,
  visitor: string,
  channel: Channel,
): Promise<Wish | undefined> {
  const [row] = await reads.rows<WishRow>(lastWish, [visitor, channel]);
  return row && openWish(cipher, row);
}

const lastWish = `select s.* from submission s
  join reservation r on r.id = s.reservation_id and r.submission_id = s.id
  where r.visitor_id = $1 and s.channel = $2 and s.erased_at is null order by s.created_at desc limit 1`;
