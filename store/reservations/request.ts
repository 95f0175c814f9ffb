import type { Knex } from 'knex';
import type { Actor, Answer, RequestKind, RequestPayloads } from '../../domain/request.ts';
import { AppError } from '../../platform/errors.ts';

/**
 * What people asked. The row is written in the transaction that keeps what they typed, before anything
 * is delivered: no Update exists without its row.
 */

export type NewRequest = {
  [K in RequestKind]: { id: string; reservation: string; actor: Actor; kind: K; payload: RequestPayloads[K] };
}[RequestKind];

export type KeptRequest = NewRequest & {
  status: 'pending' | 'answered' | 'refused';
  answer?: Answer;
  attempts: number;
  /** Short code of what stopped the last delivery; nothing personal. */
  fault?: string;
  createdAt: Date;
  answeredAt?: Date;
};

/**
 * Keeps a request. The same id again, by the same actor, changes nothing.
 *
 * @throws AppError `repeated` (409) when the id belongs to another actor, kind or reservation.
 */
export async function keepRequest(trx: Knex, request: NewRequest): Promise<void> {
  const inserted = await trx('request')
    .insert({
      id: request.id,
      reservation_id: request.reservation,
      kind: request.kind,
      actor_kind: request.actor.kind,
      actor_id: request.actor.id,
      payload: JSON.stringify(request.payload),
    })
    .onConflict('id')
    .ignore()
    .returning('id');
  if (inserted.length > 0) return;
  const kept = await findRequest(trx, request.id);
  const same =
    kept?.actor.kind === request.actor.kind &&
    kept.actor.id === request.actor.id &&
    kept.kind === request.kind &&
    kept.reservation === request.reservation;
  if (!same) throw new AppError('repeated', { status: 409 });
}

export async function findRequest(db: Knex, id: string): Promise<KeptRequest | undefined> {
  const row = await db('request').where({ id }).first();
  return row && readRequest(row);
}

/** What a reservation was asked and has not answered yet, oldest first. */
export async function pendingRequestsOf(db: Knex, reservation: string): Promise<KeptRequest[]> {
  const rows = await db('request').where({ reservation_id: reservation, status: 'pending' }).orderBy('created_at');
  return rows.map(readRequest);
}

/** How many requests of a kind a reservation was asked within the last hours. */
export async function countRequests(
  db: Knex,
  { reservation, kind, withinHours }: { reservation: string; kind: RequestKind; withinHours: number },
): Promise<number> {
  const row = await db('request')
    .where({ reservation_id: reservation, kind })
    .whereRaw("created_at > now() - ? * interval '1 hour'", [withinHours])
    .count<{ count: string | number }[]>('* as count')
    .first();
  return Number(row?.count ?? 0);
}

/** Writes the answer once: a second answer to the same id is the same answer. */
export async function answerRequest(db: Knex, id: string, answer: Answer): Promise<void> {
  await db('request')
    .where({ id, status: 'pending' })
    .update({
      status: answer.ok ? 'answered' : 'refused',
      answer: JSON.stringify(answer),
      answered_at: db.fn.now(),
      fault: null,
    });
}

export async function recordFault(db: Knex, id: string, fault: string): Promise<void> {
  await db('request').where({ id, status: 'pending' }).update({ fault });
}

/**
 * Takes pending requests whose time has come for one more attempt, and puts the next attempt further
 * away before the first is made: two relays never hold the same row, and a crash only delays it.
 *
 * @param pause first pause in ms; doubled at every attempt, at most eight times as long: people wait.
 */
export async function claimPending(db: Knex, limit: number, pause: number): Promise<string[]> {
  const { rows } = await db.raw<{ rows: { id: string; created_at: Date }[] }>(
    `update request set attempts = attempts + 1,
        next_attempt_at = now() + ? * power(2, least(attempts, 3)) * interval '1 millisecond'
      where id in (
        select id from request where status = 'pending' and next_attempt_at <= now()
        order by next_attempt_at limit ? for update skip locked)
      returning id, created_at`,
    [pause, limit],
  );
  // In the order in which they were asked: a start comes before what follows it.
  return rows.toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime()).map((row) => row.id);
}

interface RequestRow {
  id: string;
  reservation_id: string;
  kind: RequestKind;
  actor_kind: Actor['kind'];
  actor_id: string;
  payload: unknown;
  status: KeptRequest['status'];
  answer: Answer | null;
  attempts: number;
  fault: string | null;
  created_at: Date;
  answered_at: Date | null;
}

function readRequest(row: RequestRow): KeptRequest {
  const request = {
    id: row.id,
    reservation: row.reservation_id,
    actor: { kind: row.actor_kind, id: row.actor_id },
    kind: row.kind,
    payload: row.payload,
    status: row.status,
    attempts: row.attempts,
    ...(row.answer && { answer: row.answer }),
    ...(row.fault && { fault: row.fault }),
    createdAt: row.created_at,
    ...(row.answered_at && { answeredAt: row.answered_at }),
  };
  // Only keepRequest writes rows, and it pairs each kind with its payload.
  return request as KeptRequest;
}
