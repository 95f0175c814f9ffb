import { isIP } from 'node:net';
import type { Request } from 'express';
import { type WebhookEvent, webhookEvents } from '../../../domain/webhook-event.ts';
import { allowedBy } from '../../../platform/public-address.ts';
import { allTextsOf, textsOf } from '../../form-value.ts';
import { readName } from '../staff/form.ts';

/** What an admin types of a web hook, read. */

const urlLimit = 500;

export interface TypedWebhook {
  label: string;
  url: string;
  events: string[];
}

export const typedWebhook = (req: Request): TypedWebhook => ({
  ...textsOf(req.body, ['label', 'url']),
  events: allTextsOf(req.body, 'event'),
});

/** @returns problems as catalogue keys, by field */
export function readWebhook(
  typed: TypedWebhook,
  networks: string[],
): { read: { label: string; url: string; events: WebhookEvent[] } } | { fields: Record<string, string> } {
  const { name: label, problem } = readName(typed.label);
  const fields: Record<string, string> = problem ? { label: problem } : {};
  const url = readUrl(typed.url.trim(), networks);
  if ('problem' in url) fields.url = url.problem;
  const events = webhookEvents.filter((one) => typed.events.includes(one));
  if (events.length === 0) fields.event = 'webhook.problem.events';
  return Object.keys(fields).length > 0 || 'problem' in url ? { fields } : { read: { label, url: url.url, events } };
}

/**
 * By TLS and without a name and password, which would stand in every log; a number only where it is public, or allowed by
 * operators. Where a name leads is looked at on every try.
 */
function readUrl(typed: string, networks: string[]): { url: string } | { problem: string } {
  if (typed === '') return { problem: 'field.required' };
  const url = URL.parse(typed);
  if (!url || typed.length > urlLimit || url.username || url.password || url.hash) {
    return { problem: 'webhook.problem.url' };
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const isNumber = isIP(host) !== 0;
  const plainly = url.protocol === 'http:' && isNumber && allowedBy(networks)(host) && !allowedBy([])(host);
  if (url.protocol !== 'https:' && !plainly) return { problem: 'webhook.problem.https' };
  if (isNumber && !allowedBy(networks)(host)) return { problem: 'webhook.problem.inside' };
  return { url: url.href };
}
