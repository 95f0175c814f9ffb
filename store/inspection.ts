import type { Knex } from 'knex';
import type { Channel, Outcome, Stage } from '../domain/reservation.ts';
import type { FieldCipher } from '../platform/crypto.ts';

/** What an admin sees of one reservation, beside its people, its timeline and its audit. */

export interface InspectedReservation {
  id: string;
  visitor: string;
  seq: number;
  round: number;
  stage: Stage;
  outcome: Outcome | null;
  corrected: boolean;
  channel: Channel | null;
  campus: string | null;
  department: string | null;
  submission: string | null;
  reason: string | null;
  host: string | null;
  note: string | null;
  from: Date | null;
  until: Date | null;
  stageUntil: Date | null;
  createdAt: Date;
  changedAt: Date;
  closedAt: Date | null;
}

export async function inspectReservation(
  db: Knex,
  cipher: FieldCipher,
  id: string,
): Promise<InspectedReservation | undefined> {
  const row = await db('reservation as r')
    .leftJoin('submission as s', 's.id', 'r.submission_id')
    .where('r.id', id)
    .first('r.*', 's.reason_id', 's.host_enc', 's.note_enc');
  if (!row) return undefined;
  const open = (column: 'host_enc' | 'note_enc'): string | null =>
    row[column] && cipher.open({ table: 'submission', column, row: row.submission_id }, row[column]);
  return {
    id: row.id,
    visitor: row.visitor_id,
    seq: row.seq,
    round: row.round,
    stage: row.stage,
    outcome: row.outcome,
    corrected: row.corrected,
    channel: row.channel,
    campus: row.campus_id,
    department: row.department_id,
    submission: row.submission_id,
    reason: row.reason_id,
    host: open('host_enc'),
    note: open('note_enc'),
    from: row.visit_from,
    until: row.visit_until,
    stageUntil: row.stage_until,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    closedAt: row.closed_at,
  };
}

export interface InspectedTask {
  id: string;
  department: string;
  status: 'open' | 'approved' | 'rejected' | 'withdrawn';
  openedAt: Date;
  decideBy: Date;
  closedAt: Date | null;
  decidedBy: string | null;
  /** What the approver typed. */
  reason: string | null;
}

export async function tasksOf(db: Knex, cipher: FieldCipher, reservation: string): Promise<InspectedTask[]> {
  const rows = await db('task as t')
    .leftJoin('decision as d', 'd.request_id', 't.decision_id')
    .leftJoin('staff', 'staff.id', 'd.staff_id')
    .where('t.reservation_id', reservation)
    .orderBy(['t.round', 't.step', 't.ordinal'])
    .select('t.*', 'd.reason_enc', 'staff.name as decided_by');
  return rows.map((row) => ({
    id: row.id,
    department: row.department_id,
    status: row.status,
    openedAt: row.opened_at,
    decideBy: row.decide_by,
    closedAt: row.closed_at,
    decidedBy: row.decided_by,
    reason:
      row.reason_enc && cipher.open({ table: 'decision', column: 'reason_enc', row: row.decision_id }, row.reason_enc),
  }));
}

export interface InspectedRequest {
  id: string;
  kind: string;
  actorKind: 'visitor' | 'staff' | 'system';
  status: 'pending' | 'answered' | 'refused';
  attempts: number;
  /** A stable word for what stood in the way of the last attempt. */
  fault: string | null;
  createdAt: Date;
  answeredAt: Date | null;
}

export async function requestsOf(db: Knex, reservation: string): Promise<InspectedRequest[]> {
  const rows = await db('request').where({ reservation_id: reservation }).orderBy('created_at');
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    actorKind: row.actor_kind,
    status: row.status,
    attempts: row.attempts,
    fault: row.fault,
    createdAt: row.created_at,
    answeredAt: row.answered_at,
  }));
}

export interface InspectedMessage {
  id: string;
  kind: string;
  status: 'pending' | 'sent' | 'failed' | 'page';
  channel: 'wechat' | 'sms' | null;
  createdAt: Date;
  attempts: {
    channel: 'wechat' | 'sms';
    startedAt: Date;
    finishedAt: Date | null;
    outcome: 'accepted' | 'refused' | 'unknown' | null;
    fault: string | null;
    repeated: boolean;
    receipt: string | null;
    receiptAt: Date | null;
  }[];
}

export async function messagesOf(db: Knex, reservation: string): Promise<InspectedMessage[]> {
  const messages = await db('message').where({ reservation_id: reservation }).orderBy('created_at');
  const attempts = await db('message_attempt')
    .whereIn(
      'message_id',
      messages.map((message) => message.id),
    )
    .orderBy('started_at');
  return messages.map((message) => ({
    id: message.id,
    kind: message.kind,
    status: message.status,
    channel: message.channel,
    createdAt: message.created_at,
    attempts: attempts
      .filter((attempt) => attempt.message_id === message.id)
      .map((attempt) => ({
        channel: attempt.channel,
        startedAt: attempt.started_at,
        finishedAt: attempt.finished_at,
        outcome: attempt.outcome,
        fault: attempt.fault,
        repeated: attempt.repeated,
        receipt: attempt.receipt,
        receiptAt: attempt.receipt_at,
      })),
  }));
}
