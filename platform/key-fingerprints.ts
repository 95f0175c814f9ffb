import { createHash, hkdfSync } from 'node:crypto';
import { type HeldKeys, heldKeys, type LiveKeys, type LiveKind, liveKinds, nameOfSecret } from './live-keys.ts';

/**
 * What tells one key from another without telling it. Of a key that signs it is the hash of the public half, which everybody
 * may know. Of a secret it is derived by HKDF under a label of its own: one way, and nothing else is derived by that label, so
 * it opens nothing. Nobody finds the secret by trying, since every one is 256 random bits – of a password this would not hold.
 */

/** Hex of 16 bytes by id of the key; a session's secret goes by the beginning of its hash. */
export type Fingerprints = Partial<Record<LiveKind, Record<string, string>>>;

/** Of every key that a process works with, those of before included. */
export function fingerprintsOf(keys: LiveKeys): { held: HeldKeys; prints: Fingerprints } {
  const held = heldKeys(keys);
  const prints = liveKinds.flatMap((kind) => {
    const known = held[kind]?.known.map((kid) => [kid, fingerprintOf(keys, kind, kid)]);
    return known ? [[kind, Object.fromEntries(known)]] : [];
  });
  return { held, prints: Object.fromEntries(prints) };
}

function fingerprintOf(keys: LiveKeys, kind: LiveKind, kid: string): string {
  if (kind === 'renewal' || kind === 'feed' || kind === 'pass') {
    return ofPublicKey(keys[kind]?.pairs.get(Number(kid))?.public ?? Buffer.alloc(0));
  }
  if (kind === 'session')
    return ofSecret(kind, Buffer.from(keys.session?.find((one) => nameOfSecret(one) === kid) ?? ''));
  return ofSecret(kind, keys[kind].keys[kid] ?? Buffer.alloc(0));
}

/** @param raw 32 bytes of Ed25519 */
export const ofPublicKey = (raw: Buffer): string => createHash('sha256').update(raw).digest('hex').slice(0, 32);

export const ofSecret = (kind: string, secret: Buffer): string =>
  Buffer.from(hkdfSync('sha256', secret, '', `xiaomen key fingerprint v1\0${kind}`, 16)).toString('hex');
