import { exactTime } from '../../domain/time.ts';
import type { SigningRing } from '../../platform/keys.ts';
import { createSigner, createVerifier } from '../../platform/signing.ts';
import { type ErasureCounts, erasedClasses } from '../../store/own-data/erasure.ts';

/**
 * The proof that an account was deleted: a text of a few lines, the last of which signs all before it. Ed25519 by the
 * feed key; the first line keeps it from being taken for anything else that key signs.
 */

const title = 'xm-erasure v1';

export function writeProof(
  ring: SigningRing,
  { id, at, counts }: { id: string; at: Date; counts: ErasureCounts },
): string {
  const lines = [
    title,
    `id: ${id}`,
    `at: ${at.toISOString()} (${exactTime(at)} Asia/Shanghai)`,
    ...erasedClasses.map((one) => `deleted ${one}: ${counts[one]}`),
    `key: ${ring.current}`,
  ];
  const text = lines.join('\n');
  const signature = createSigner(ring.currentPair.private)(Buffer.from(text)).toString('base64');
  return `${text}\nsignature: ${signature}\n`;
}

/** Whether every line is as it was signed, by one of our keys. */
export function isProof(ring: SigningRing, proof: string): boolean {
  const parts = /^(xm-erasure v1\n[\s\S]*\nkey: (\d+))\nsignature: ([A-Za-z0-9+/=]+)\n$/.exec(proof);
  const [, text, key, signature] = parts ?? [];
  const pair = ring.pairs.get(Number(key));
  if (!text || !signature || !pair) return false;
  return createVerifier(pair.public)(Buffer.from(text), Buffer.from(signature, 'base64'));
}
