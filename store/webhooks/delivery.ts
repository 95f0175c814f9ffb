import type { Knex } from 'knex';

/** Deliveries of web hooks: what is due, how each try ended, and what an admin sees of them. */

export interface DueDelivery {
  id: string;
  webhook: string;
  url: string;
  body: string;
  /** Tries so far, this one among them. */
  attempts: number;
}

/** How a try ended: the receiver's HTTP status, or a stable word for what was in the way. */
export type AttemptResult = { status: number } | { fault: string };

/**
 * Claims what is due, the longest waiting first: whoever claimed it and was killed loses it after `patience` ms. Receivers
 * in `busy` are left out, so that one that hangs holds up no other.
 */
export async function claimDue(
  db: Knex,
  { most, perWebhook, busy, patience }: { most: number; perWebhook: number; busy: string[]; patience: number },
): Promise<DueDelivery[]> {
  const { rows } = await db.raw(
    `with due as (
       select d.id, w.url from webhook w cross join lateral (
         select id, next_at from webhook_delivery
         where webhook_id = w.id and ended_at is null and next_at <= now()
         order by next_at, id limit :perWebhook for update skip locked
       ) d where w.ended_at is null and not w.id = any(:busy::uuid[]) order by d.next_at, d.id limit :most
     )
     update webhook_delivery set attempts = attempts + 1, next_at = now() + :patience * interval '1 millisecond'
     from due where webhook_delivery.id = due.id
     returning webhook_delivery.id, webhook_id, due.url, body, attempts`,
    { most, perWebhook, busy, patience },
  );
  return rows.map((row: { id: string; webhook_id: string; url: string; body: string; attempts: number }) => ({
    id: row.id,
    webhook: row.webhook_id,
    url: row.url,
    body: row.body,
    attempts: row.attempts,
  }));
}

/** Whether anybody is to be told anything. */
export async function hasWebhooks(db: Knex): Promise<boolean> {
  return (await db('webhook').whereNull('ended_at').first('id')) !== undefined;
}

/** The end of a try: the delivery is over, or it comes again after `pause` ms. */
export async function endAttempt(
  trx: Knex,
  delivery: string,
  end: { startedAt: Date; took: number } & AttemptResult,
  then: { result: 'delivered' | 'gone' | 'given_up' } | { pause: number },
): Promise<void> {
  const { startedAt, took, ...how } = end;
  await trx('webhook_attempt').insert({ delivery_id: delivery, started_at: startedAt, took_ms: took, ...how });
  await trx('webhook_delivery')
    .where({ id: delivery })
    .update(
      'result' in then
        ? { result: then.result, ended_at: trx.fn.now() }
        : { next_at: trx.raw(`now() + ? * interval '1 millisecond'`, [then.pause]) },
    );
}

/** Once more from the first pause on, whatever became of it. @returns false where it is under way or unknown */
export async function sendAgain(db: Knex, webhook: string, id: string): Promise<boolean> {
  const again = await db('webhook_delivery')
    .where({ id, webhook_id: webhook })
    .whereExists(db('webhook').where({ id: webhook }).whereNull('ended_at'))
    .whereRaw(`(ended_at is not null or attempts > 0)`)
    .update({ ended_at: null, result: null, attempts: 0, next_at: db.fn.now() });
  return again > 0;
}

export interface Delivery {
  id: string;
  event: string;
  reservation: string | null;
  madeAt: Date;
  nextAt: Date;
  result: 'delivered' | 'gone' | 'given_up' | null;
  /** Oldest first. */
  attempts: { startedAt: Date; took: number; status: number | null; fault: string | null }[];
}

/** A page of deliveries, newest first. `before` is the id of the last one on the page before. */
export async function deliveriesOf(
  db: Knex,
  webhook: string,
  { most, before }: { most: number; before?: string },
): Promise<Delivery[]> {
  const query = db('webhook_delivery').where({ webhook_id: webhook }).orderBy('id', 'desc').limit(most);
  if (before) query.where('id', '<', before);
  const rows = await query.select('id', 'event', 'reservation_id', 'made_at', 'next_at', 'result');
  const attempts = await db('webhook_attempt')
    .whereIn(
      'delivery_id',
      rows.map(({ id }) => id),
    )
    .orderBy(['started_at', 'id'])
    .select('delivery_id', 'started_at', 'took_ms', 'status', 'fault');
  const byDelivery = Map.groupBy(attempts, (row) => row.delivery_id as string);
  return rows.map((row) => ({
    id: row.id,
    event: row.event,
    reservation: row.reservation_id,
    madeAt: row.made_at,
    nextAt: row.next_at,
    result: row.result,
    attempts: (byDelivery.get(row.id) ?? []).map(({ started_at: startedAt, took_ms: took, status, fault }) => ({
      startedAt,
      took,
      status,
      fault,
    })),
  }));
}

/** SQL on a web hook `w`: an admin has to look at it, for a month: a message was given up, or its receiver is gone. */
export const isWebhookFault = `(w.ended_why is distinct from 'stopped' and (
  w.ended_at > now() - interval '30 days'
  or exists (select from webhook_delivery d where d.webhook_id = w.id and d.result = 'given_up')))`;

export interface WebhookAtFault {
  id: string;
  label: string;
  gone: Date | null;
  /** Messages that were given up. */
  givenUp: number;
}

export async function webhooksAtFault(db: Knex): Promise<WebhookAtFault[]> {
  const { rows } = await db.raw(
    `select w.id, w.label, w.ended_at,
       (select count(*)::int from webhook_delivery d where d.webhook_id = w.id and d.result = 'given_up') as given_up
     from webhook w where ${isWebhookFault} order by w.label, w.id`,
  );
  return rows.map((row: { id: string; label: string; ended_at: Date | null; given_up: number }) => ({
    id: row.id,
    label: row.label,
    gone: row.ended_at,
    givenUp: row.given_up,
  }));
}
