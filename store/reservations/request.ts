import type { Knex } from 'knex';
import type { Actor, Answer, RequestKind, RequestPayloads } from '../../domain/request.ts';
import { AppError } from '../../platform/errors.ts';
import { tellOfRefusal } from './refusal.ts';

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
  /** Before that the relay does not deliver it again. */
  nextAttemptAt: Date;
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

/** Everything that a reservation was asked, oldest first. */
export async function requestsOf(db: Knex, reservation: string): Promise<KeptRequest[]> {
  const rows = await db('request').where({ reservation_id: reservation }).orderBy('created_at');
  return rows.map(readRequest);
}

/** What waits for longer than an interval of PostgreSQL, the next to be delivered first. */
export async function overdueRequests(
  db: Knex,
  { patience, limit }: { patience: string; limit: number },
): Promise<KeptRequest[]> {
  const rows = await db('request')
    .where({ status: 'pending' })
    .whereRaw('created_at < now() - ?::interval', [patience])
    .orderBy('next_attempt_at')
    .limit(limit);
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

/** Writes the answer once: a second answer to the same id is the same answer. A refusal is to be told from now on. */
export async function answerRequest(db: Knex, id: string, answer: Answer): Promise<void> {
  const written = { answer: JSON.stringify(answer), answered_at: db.fn.now(), fault: null };
  const pending = (trx: Knex) => trx('request').where({ id, status: 'pending' });
  if (answer.ok) {
    await pending(db).update({ ...written, status: 'answered', tell_until: null });
    return;
  }
  await db.transaction(async (trx) => {
    const refused = await pending(trx)
      .update({ ...written, status: 'refused', tell_until: trx.raw(`now() + interval '7 days'`) })
      .returning(['reservation_id as reservation', 'kind', 'actor_kind', 'actor_id']);
    for (const { reservation, kind, actor_kind, actor_id } of refused) {
      await tellOfRefusal(trx, { request: id, reservation, kind, actor: { kind: actor_kind, id: actor_id } });
    }
  });
}

export async function recordFault(db: Knex, id: string, fault: string): Promise<void> {
  await db('request').where({ id, status: 'pending' }).update({ fault });
}

export interface Claiming {
  /** Requests altogether, at most; those that were never claimed before come first. */
  most: number;
  /** Of these, requests that were claimed before and not answered, at most. */
  repeated: number;
  /** First pause until the next attempt, in ms; doubled at every attempt, at most eight times as long: people wait. */
  pause: number;
  /** How long the attempt may be under way, in ms, by whether it is the first. */
  patience: (isFirst: boolean) => number;
}

export interface Claimed {
  id: string;
  isFirst: boolean;
}

/**
 * Takes pending requests whose time has come for one more attempt, and puts the next attempt further
 * away before the first is made: two relays never hold the same row, and a crash only delays it. Of one reservation at
 * most one request is under way, the oldest that is due: a start comes before what follows it. Of different
 * reservations the newest come first, since those people are waiting now; one that has waited for long is tried at
 * growing distance, a twentieth of its age, at most ten minutes.
 */
export async function claimPending(db: Knex, claiming: Claiming): Promise<Claimed[]> {
  return db.transaction(async (trx) => {
    // Two relays that look at the same moment would each see a reservation with nothing under way.
    await trx.raw(`select pg_advisory_xact_lock(hashtext('claim requests'))`);
    const { rows } = await trx.raw<{ rows: { id: string; attempts: number }[] }>(claim, {
      most: claiming.most,
      repeated: claiming.repeated,
      pause: claiming.pause,
      first: claiming.patience(true),
      again: claiming.patience(false),
    });
    return rows.map(({ id, attempts }) => ({ id, isFirst: attempts === 1 }));
  });
}

const claim = `
  with due as (
    select distinct on (q.reservation_id) q.id, q.attempts, q.created_at from request q
      where q.status = 'pending' and q.next_attempt_at <= now() and not exists (
        select from request other where other.reservation_id = q.reservation_id
          and other.status = 'pending' and other.sending_until > now())
      order by q.reservation_id, q.created_at),
  chosen as (
    (select id from due where attempts = 0 order by created_at desc limit :most)
    union all
    (select id from due where attempts > 0 order by attempts, created_at desc limit :repeated)
    limit :most)
  update request set attempts = attempts + 1,
      sending_until = now() + cast(case when attempts = 0 then cast(:first as float) else cast(:again as float) end as float) * interval '1 millisecond',
      next_attempt_at = now() + greatest(
        cast(:pause as float) * power(2, least(attempts, 3)) * interval '1 millisecond',
        least((now() - created_at) / 20, interval '10 minutes'))
    where id in (select id from chosen)
    returning id, attempts`;

/** The attempt is over: another request of the reservation need not wait for it. */
export async function endAttempt(db: Knex, id: string): Promise<void> {
  await db('request').where({ id }).update({ sending_until: null });
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
  next_attempt_at: Date;
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
    nextAttemptAt: row.next_attempt_at,
    ...(row.answered_at && { answeredAt: row.answered_at }),
  };
  // Only keepRequest writes rows, and it pairs each kind with its payload.
  return request as KeptRequest;
}
