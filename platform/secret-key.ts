import { createSecretKey, type KeyObject } from 'node:crypto';

const made = new WeakMap<Uint8Array, KeyObject>();

/** The key as node:crypto works with it, made once: from bare bytes it is made anew at every use, five times as slow. */
export function secretKey(bytes: Uint8Array): KeyObject {
  const known = made.get(bytes);
  if (known) return known;
  const key = createSecretKey(bytes);
  made.set(bytes, key);
  return key;
}
