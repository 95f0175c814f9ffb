import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { makeWebhook } from '../store/webhooks/webhook.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { percentile } from './open-loop.ts';
import type { Product } from './product.ts';

const visits = 40;
const day = 24 * 3600_000;

/**
 * How long another system waits to hear of a request on an idle machine: from the beginning of the transaction that wrote it
 * until the receiver has its web hook, on one clock.
 */
export async function measureWebhook(product: Product): Promise<Figure[]> {
  const heard = new Map<string, number>();
  const receiver = createServer((req, res) => {
    heard.set(String(req.headers['webhook-id']), Date.now());
    req.resume();
    res.writeHead(204).end();
  });
  await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
  const { id: by } = await product.db('staff').where({ username: 'admin' }).first('id');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const label = 'bench';
  const { id } = await makeWebhook(product.db, product.cipher, { label, url, events: ['visit.requested'], by });
  // Workers look seldom while there is no web hook.
  await wait(5_000);
  const journey = await createJourney(product);
  for (let n = 1; n <= visits; n += 1) {
    await journey.ask(new Date(Date.now() + day));
    while (heard.size < n) await wait(20);
  }
  journey.close();
  const made = await product.db('webhook_delivery').where({ webhook_id: id }).select('id', 'made_at');
  const waited = made.map((row) => (heard.get(row.id) ?? Number.NaN) - (row.made_at as Date).getTime());
  receiver.close();
  return [
    {
      name: 'webhook_p95_ms',
      value: round(percentile(waited, 0.95)),
      unit: 'ms',
      target: { atMost: 500 },
      seen: { p50_ms: round(percentile(waited, 0.5)), most_ms: Math.max(...waited), visits },
    },
  ];
}
