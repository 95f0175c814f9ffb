import { createDecipheriv } from 'node:crypto';
import { z } from 'zod';

/** What WeChat Pay encrypts for one merchant: AES-256-GCM with the API v3 key. */
export const envelopeShape = z.object({
  algorithm: z.literal('AEAD_AES_256_GCM').optional(),
  ciphertext: z.base64(),
  nonce: z.string().min(1).max(32),
  associated_data: z.string().max(256).default(''),
});
export type Envelope = z.output<typeof envelopeShape>;

const tagLength = 16;

/** The text inside; undefined: made with another key, or changed on its way. The library never looks at the tag. */
export function openEnvelope(
  apiKey: string,
  { ciphertext, nonce, associated_data: data }: Envelope,
): string | undefined {
  const sealed = Buffer.from(ciphertext, 'base64');
  if (sealed.length < tagLength) return undefined;
  try {
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(apiKey), Buffer.from(nonce), {
      authTagLength: tagLength,
    });
    decipher.setAAD(Buffer.from(data)).setAuthTag(sealed.subarray(-tagLength));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagLength)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
