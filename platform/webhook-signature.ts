import { createHmac } from 'node:crypto';

/**
 * Signs a message as Standard Webhooks 1.0 says: HMAC-SHA-256 over `id.timestamp.body`, one signature for each secret.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * @param secrets each `whsec_` and its bytes in base64
 * @param at when this try is sent: a receiver refuses one that is minutes old
 */
export function signWebhook(
  { id, body, at }: { id: string; body: string; at: Date },
  secrets: string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
