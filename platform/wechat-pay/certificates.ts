import { z } from 'zod';
import { envelopeShape, openEnvelope } from './envelope.ts';
import type { KnownKeys } from './known-keys.ts';
import type { PayLibrary } from './library.ts';

const answerShape = z.object({ data: z.array(z.object({ encrypt_certificate: envelopeShape })).max(20) });

const everyMs = 12 * 3600_000;
const againMs = 10 * 60_000;

/**
 * Platform certificates change every few years, the new one being there days before it signs. They are fetched on our own
 * schedule, twice a day beside calls of ours, and only an answer that a known key signed adds one.
 *
 * @returns to be called beside every call of ours; never waits and never throws
 */
export function keepCertificates(apiKey: string, keys: KnownKeys, library: PayLibrary): () => void {
  let due = 0;
  async function fetchThem(): Promise<void> {
    const answer = await library.get('/v3/certificates');
    const parsed = answer.ok ? answerShape.safeParse(answer.body) : undefined;
    if (!parsed?.success) return;
    for (const { encrypt_certificate: envelope } of parsed.data.data) {
      const text = openEnvelope(apiKey, envelope);
      if (text !== undefined) keys.addCertificates(text);
    }
    due = Date.now() + everyMs;
  }
  return () => {
    if (!keys.hasCertificates() || Date.now() < due) return;
    due = Date.now() + againMs;
    // What could not be read is asked for again; until then the known ones hold.
    fetchThem().catch(() => {});
  };
}
