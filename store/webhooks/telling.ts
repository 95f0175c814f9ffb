import type { Knex } from 'knex';
import type { GateEvent, Projection } from '../../domain/projection.ts';
import type { Stage } from '../../domain/reservation.ts';
import {
  bodyOfTransition,
  eventOfGate,
  eventOfTransition,
  trialEvent,
  type WebhookBody,
} from '../../domain/webhook-event.ts';

/** What other systems are to be told is kept in the transaction in which it happens: it is told once that holds, or not at all. */

/**
 * A transition, where it leads from one stage to another. One that is written again, since the first time never became durable,
 * takes the place of what was not sent yet.
 */
export async function tellTransition(trx: Knex, before: Stage, projection: Projection): Promise<void> {
  const event = projection.policy && eventOfTransition(before, projection.stage);
  if (!event) return;
  await keep(trx, {
    source: String(projection.seq),
    reservation: projection.reservation,
    body: bodyOfTransition(event, projection),
  });
}

/** Somebody passed a gate. */
export async function tellEntry(trx: Knex, event: GateEvent): Promise<void> {
  await keep(trx, {
    source: event.event,
    reservation: event.reservation,
    body: {
      type: eventOfGate(event.direction),
      timestamp: new Date(event.at).toISOString(),
      data: { visit: event.reservation, ordinal: event.ordinal, gate: event.gate, direction: event.direction },
    },
  });
}

/** An admin tries whether the receiver answers. */
export async function tellTrial(db: Knex, webhook: string): Promise<void> {
  const body: WebhookBody = { type: trialEvent, timestamp: new Date().toISOString(), data: {} };
  await db('webhook_delivery').insert({
    webhook_id: webhook,
    event: trialEvent,
    source: 'trial',
    body: JSON.stringify(body),
  });
}

/** One delivery for each web hook that wants it; none where there is no web hook. */
async function keep(trx: Knex, told: { source: string; reservation: string; body: WebhookBody }): Promise<void> {
  const { source, reservation, body } = told;
  await trx.raw(
    `insert into webhook_delivery (webhook_id, event, source, reservation_id, body)
     select id, :event, :source, :reservation, :body from webhook where ended_at is null and :event = any(events)
     on conflict (webhook_id, reservation_id, event, source) do update set body = excluded.body
       where webhook_delivery.attempts = 0`,
    { event: body.type, source, reservation, body: JSON.stringify(body) },
  );
}
