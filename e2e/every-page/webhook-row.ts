import { makeWebhook } from '../../store/webhooks/webhook.ts';
import type { System } from '../../testing/system.ts';

/** A web hook with a delivery of each kind of end. */
export async function aWebhook({ db, cipher }: System, reservation: string): Promise<string> {
  const { id: by } = await db('staff').where({ username: 'admin' }).first('id');
  const url = 'https://park.example.edu/hooks';
  const { id } = await makeWebhook(db, cipher, { label: 'P7', url, events: ['visit.requested'], by });
  for (const [source, result] of [
    ['1', null],
    ['2', 'delivered'],
    ['3', 'given_up'],
  ] as const) {
    const ended_at = result && db.fn.now();
    const about = { webhook_id: id, reservation_id: reservation, event: 'visit.requested', source, body: '{}' };
    const [{ id: delivery_id }] = await db('webhook_delivery')
      .insert({ ...about, result, ended_at, next_at: '2100-01-01' })
      .returning('id');
    const how = result === 'delivered' ? { status: 204 } : { fault: 'timeout' };
    await db('webhook_attempt').insert({ delivery_id, started_at: db.fn.now(), took_ms: 12, ...how });
  }
  return id;
}
