import type { Knex } from 'knex';
import type { TaskStatus } from '../../domain/request.ts';
import type { ActingWay } from '../../domain/staff-role.ts';
import type { VisitAnswers } from '../../domain/visit-answers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import type { Localized } from '../content/content-cache.ts';
import { findReservation, type Reservation } from '../reservations/reservation.ts';
import { findWish } from '../reservations/wish.ts';

/** What an admin sees of one reservation, beside its people, its timeline and its audit. */

export interface InspectedReservation extends Reservation {
  reason: string | null;
  answers: VisitAnswers;
}

export async function inspectReservation(
  db: Knex,
  cipher: FieldCipher,
  id: string,
): Promise<InspectedReservation | undefined> {
  const reservation = await findReservation(db, id);
  if (!reservation) return undefined;
  const { submission } = reservation;
  const wish = submission ? await findWish(db, cipher, submission) : undefined;
  return { ...reservation, reason: wish?.reason ?? null, answers: wish?.answers ?? {} };
}

export interface InspectedTask {
  id: string;
  department: string;
  /** It decides about a change beside the standing approval. */
  change: boolean;
  status: TaskStatus;
  nudges: number;
  nudgedAt: Date | null;
  openedAt: Date;
  decideBy: Date;
  closedAt: Date | null;
  decidedBy: { name: string; for?: { via: ActingWay; name: string } } | null;
  /** Why it was refused, from the office's list. */
  refusedFor: Localized | null;
  /** What the approver typed. */
  reason: string | null;
}

export async function tasksOf(db: Knex, cipher: FieldCipher, reservation: string): Promise<InspectedTask[]> {
  const rows = await db('task as t')
    .leftJoin('decision as d', 'd.request_id', 't.decision_id')
    .leftJoin('staff', 'staff.id', 'd.staff_id')
    .leftJoin('staff as b', 'b.id', 'd.behalf_id')
    .leftJoin('submission as s', 's.id', 't.submission_id')
    .where('t.reservation_id', reservation)
    .orderBy(['t.round', 't.step', 't.ordinal'])
    .select(
      't.*',
      'd.reason_enc',
      'd.refused_words',
      'staff.name as decided_by',
      'd.via',
      'b.name as decided_for',
      's.kind',
    );
  return rows.map((row) => ({
    id: row.id,
    department: row.department_id,
    change: row.kind === 'change',
    status: row.status,
    nudges: row.nudges,
    nudgedAt: row.nudged_at,
    openedAt: row.opened_at,
    decideBy: row.decide_by,
    closedAt: row.closed_at,
    decidedBy: row.decided_by && {
      name: row.decided_by,
      ...(row.decided_for && { for: { via: row.via, name: row.decided_for } }),
    },
    refusedFor: row.refused_words,
    reason:
      row.reason_enc && cipher.open({ table: 'decision', column: 'reason_enc', row: row.decision_id }, row.reason_enc),
  }));
}
