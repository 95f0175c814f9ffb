import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';

/**
 * Equality look-up without the value: HMAC-SHA256(kind \0 text), 32 bytes. Normalise `text` before. While the key is
 * replaced, rows stand under either key: what is written is hashed by the current one, what is looked for by every one.
 */
export interface BlindIndex {
  /** To be written. */
  (kind: string, text: string): Buffer;
  /** To be looked for: by every known key. The oldest key first, so that every process names the same hash first. */
  every(kind: string, text: string): Buffer[];
  /** Both. */
  hash(kind: string, text: string): BlindHash;
  /** Whether a stored hash is of this text, by any known key. */
  matches(stored: Buffer | null | undefined, kind: string, text: string): boolean;
}

export interface BlindHash {
  current: Buffer;
  every: Buffer[];
}

/** @param ring its ids end in growing numbers (`i1`, `i2`) */
export function createBlindIndex(ring: KeyRing): BlindIndex {
  const by = (kid: string, kind: string, text: string): Buffer => {
    const key = ring.keys[kid];
    if (!key) throw new Error('The ring of look-ups has no current key');
    return createHmac('sha256', key).update(kind).update('\0').update(text).digest();
  };
  const current = (kind: string, text: string): Buffer => by(ring.current, kind, text);
  const every = (kind: string, text: string): Buffer[] =>
    Object.keys(ring.keys)
      .toSorted((a, b) => numberOf(a) - numberOf(b))
      .map((kid) => by(kid, kind, text));
  return Object.assign(current, {
    every,
    hash: (kind: string, text: string) => ({ current: current(kind, text), every: every(kind, text) }),
    matches: (stored: Buffer | null | undefined, kind: string, text: string) =>
      stored?.length === 32 && every(kind, text).some((hash) => timingSafeEqual(hash, stored)),
  });
}

const numberOf = (kid: string): number => Number(kid.slice(1));
