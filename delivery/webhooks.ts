import type { Knex } from 'knex';
import { pauseAfter } from '../domain/webhook-event.ts';
import type { FieldCipher } from '../platform/crypto.ts';
import type { Log } from '../platform/log.ts';
import { postJson } from '../platform/outgoing-post.ts';
import { createRounds, type Rounds } from '../platform/rounds.ts';
import { waitingOf } from '../platform/waiting.ts';
import { signWebhook } from '../platform/webhook-signature.ts';
import { type AttemptResult, claimDue, type DueDelivery, endAttempt, hasWebhooks } from '../store/webhooks/delivery.ts';
import { endWebhook, openSecrets } from '../store/webhooks/webhook.ts';

/** Tries at once, in all and for one receiver: one that hangs holds up no other. */
const senders = 32;
const perWebhook = 4;
/** Longer than a try takes: then another worker may have it. */
const patience = 60_000;
/** Rounds that are left out while there is no web hook, so that a system without any does nothing. */
const idleRounds = 10;

/**
 * Tells other systems what is due to them, until each said 2xx, is gone (410), or three days of tries are over. Any number of
 * workers may do it; a receiver may hear of the same more than once, with the same id.
 */
export function createWebhookRounds(
  { db, cipher, networks }: { db: Knex; cipher: FieldCipher; networks: string[] },
  { log, every = 250 }: { log: Log; every?: number },
): Rounds {
  const underWay = new Map<Promise<boolean>, DueDelivery>();
  let left = 0;

  async function sendDue(): Promise<void> {
    if (left > 0) {
      left -= 1;
      return;
    }
    if (!(await hasWebhooks(db))) {
      left = idleRounds;
      return;
    }
    const free = senders - underWay.size;
    if (free === 0) return;
    const counts = Map.groupBy(underWay.values(), ({ webhook }) => webhook);
    const busy = [...counts].filter(([, its]) => its.length >= perWebhook).map(([webhook]) => webhook);
    for (const due of await claimDue(db, { most: free, perWebhook, busy, patience })) begin(due);
  }

  function begin(due: DueDelivery): void {
    const attempt = waitingOf(log)
      .attempt('a web hook could not be tried', { delivery: due.id, webhook: due.webhook }, () => tryOnce(due))
      .finally(() => underWay.delete(attempt));
    underWay.set(attempt, due);
  }

  async function tryOnce(due: DueDelivery): Promise<void> {
    const secrets = await openSecrets(db, cipher, due.webhook);
    const startedAt = new Date();
    const began = performance.now();
    const headers = signWebhook({ id: due.id, body: due.body, at: startedAt }, secrets);
    const how = await postJson(due.url, { body: due.body, headers }, { networks });
    const took = Math.round(performance.now() - began);
    await db.transaction(async (trx) => {
      await endAttempt(trx, due.id, { startedAt, took, ...how }, whatThen(how, due.attempts));
      if (isGone(how)) await endWebhook(trx, due.webhook, 'gone');
    });
  }

  const rounds = createRounds({ every, round: sendDue, failure: 'web hooks are not sent', log });
  return {
    start: rounds.start,
    /** Resolves when the tries under way are finished. */
    async stop() {
      await rounds.stop();
      await Promise.all(underWay.keys());
    },
  };
}

const isGone = (how: AttemptResult): boolean => 'status' in how && how.status === 410;

function whatThen(how: AttemptResult, attempts: number): Parameters<typeof endAttempt>[3] {
  if ('status' in how && how.status >= 200 && how.status < 300) return { result: 'delivered' };
  if (isGone(how)) return { result: 'gone' };
  const pause = pauseAfter(attempts, Math.random());
  return pause === undefined ? { result: 'given_up' } : { pause };
}
