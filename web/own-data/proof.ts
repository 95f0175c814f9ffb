import { exactTime } from '../../domain/time.ts';
import type { SigningRing } from '../../platform/keys.ts';
import { createSigner, createVerifier } from '../../platform/signing.ts';
import type { PlaceCount } from '../../store/elsewhere/wish.ts';
import { type ErasureCounts, erasedClasses } from '../../store/own-data/erasure.ts';

/**
 * The proof that an account was deleted: a text of a few lines, the last of which signs all before it. What others held about
 * its owner stands in it too: what is kept with its reason and the day on which it goes. Ed25519 by the
 * feed key; the first line keeps it from being taken for anything else that key signs.
 */

const title = 'xm-erasure v2';

export function writeProof(
  ring: SigningRing,
  { id, at, counts, places }: { id: string; at: Date; counts: ErasureCounts; places: PlaceCount[] },
): string {
  const lines = [
    title,
    `id: ${id}`,
    `at: ${at.toISOString()} (${exactTime(at)} Asia/Shanghai)`,
    ...erasedClasses.map((one) => `deleted ${one}: ${counts[one]}`),
    ...places.flatMap(keptLine),
    `key: ${ring.current}`,
  ];
  const text = lines.join('\n');
  const signature = createSigner(ring.currentPair.private)(Buffer.from(text)).toString('base64');
  return `${text}\nsignature: ${signature}\n`;
}

const keptLine = ({ place, count, keptFor, keptUntil }: PlaceCount): string[] =>
  keptFor === null ? [] : [`kept ${place}: ${count} for ${keptFor}${keptUntil ? `, goes on ${keptUntil}` : ''}`];

/** Whether every line is as it was signed, by one of our keys. Proofs of before what others hold was looked for are `v1`. */
export function isProof(ring: SigningRing, proof: string): boolean {
  const parts = /^(xm-erasure v[12]\n[\s\S]*\nkey: (\d+))\nsignature: ([A-Za-z0-9+/=]+)\n$/.exec(proof);
  const [, text, key, signature] = parts ?? [];
  const pair = ring.pairs.get(Number(key));
  if (!text || !signature || !pair) return false;
  return createVerifier(pair.public)(Buffer.from(text), Buffer.from(signature, 'base64'));
}
