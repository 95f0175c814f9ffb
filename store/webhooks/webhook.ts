import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { WebhookEvent } from '../../domain/webhook-event.ts';
import type { FieldCipher } from '../../platform/crypto.ts';

/** Where other systems are told what happens to visits, and the secrets that sign it. */

export interface Webhook {
  id: string;
  label: string;
  url: string;
  events: WebhookEvent[];
  madeAt: Date;
  ended: { at: Date; why: 'stopped' | 'gone' } | null;
}

/** Both sign until then: long enough for a receiver to take over the new one. */
const overlap = '24 hours';

const columns = ['id', 'label', 'url', 'events', 'made_at', 'ended_at', 'ended_why'];
const toWebhook = (row: {
  id: string;
  label: string;
  url: string;
  events: WebhookEvent[];
  made_at: Date;
  ended_at: Date | null;
  ended_why: 'stopped' | 'gone';
}): Webhook => ({
  id: row.id,
  label: row.label,
  url: row.url,
  events: row.events,
  madeAt: row.made_at,
  ended: row.ended_at && { at: row.ended_at, why: row.ended_why },
});

/** @returns the secret, `whsec_` and 256 bits in base64, shown once */
export async function makeWebhook(
  trx: Knex,
  cipher: FieldCipher,
  made: { label: string; url: string; events: WebhookEvent[]; by: string },
): Promise<{ id: string; secret: string }> {
  const { label, url, events, by } = made;
  const [row] = await trx('webhook').insert({ label, url, events, made_by: by }).returning('id');
  return { id: row.id, secret: await addSecret(trx, cipher, row.id) };
}

/** Open ones first, by name. */
export async function allWebhooks(db: Knex): Promise<Webhook[]> {
  const rows = await db('webhook').select(columns).orderByRaw('ended_at is not null, label, id');
  return rows.map(toWebhook);
}

export async function findWebhook(db: Knex, id: string): Promise<Webhook | undefined> {
  const row = await db('webhook').where({ id }).first(columns);
  return row && toWebhook(row);
}

/** Of every one, also of those that ended, by id. */
export async function webhookLabels(db: Knex): Promise<Map<string, string>> {
  const rows = await db('webhook').select('id', 'label');
  return new Map(rows.map(({ id, label }) => [id, label]));
}

/** What waits for it stays where it is and goes nowhere. @returns whether it was open */
export async function endWebhook(db: Knex, id: string, why: 'stopped' | 'gone'): Promise<boolean> {
  const ended = await db('webhook')
    .where({ id })
    .whereNull('ended_at')
    .update({ ended_at: db.fn.now(), ended_why: why });
  return ended > 0;
}

/** The new secret signs at once, and those before it for a day more. @returns the new one; undefined where the hook has ended */
export async function rotateSecret(trx: Knex, cipher: FieldCipher, id: string): Promise<string | undefined> {
  const open = await trx('webhook').where({ id }).whereNull('ended_at').forUpdate().first('id');
  if (!open) return undefined;
  await trx('webhook_secret')
    .where({ webhook_id: id })
    .whereNull('ends_at')
    .update({ ends_at: trx.raw('now() + ?::interval', [overlap]) });
  return addSecret(trx, cipher, id);
}

/** Newest first. */
export async function openSecrets(db: Knex, cipher: FieldCipher, webhook: string): Promise<string[]> {
  const rows = await db('webhook_secret')
    .where({ webhook_id: webhook })
    .whereRaw('(ends_at is null or ends_at > now())')
    .orderBy('made_at', 'desc')
    .select('id', 'secret_enc');
  return rows.map((row) => cipher.open({ table: 'webhook_secret', column: 'secret_enc', row: row.id }, row.secret_enc));
}

async function addSecret(trx: Knex, cipher: FieldCipher, webhook: string): Promise<string> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const { rows } = await trx.raw('select uuidv7() as id');
  const { id } = rows[0];
  const sealed = cipher.seal({ table: 'webhook_secret', column: 'secret_enc', row: id }, secret);
  await trx('webhook_secret').insert({ id, webhook_id: webhook, secret_enc: sealed });
  return secret;
}
