import { createHmac, hkdfSync } from 'node:crypto';
import { deriveGateCodecKey } from './codec.ts';
import type { KeyRing } from './key-ring.ts';

/**
 * How one gate knows gate codes: by their HMAC under a key of its own, derived from the codec key that it holds. What a
 * stolen gate knows finds nothing at another one.
 */
export function createGateCodeHash(codecKey: Buffer): (code: string) => Buffer {
  const key = Buffer.from(hkdfSync('sha256', codecKey, '', 'xiaomen gate codes', 32));
  return (code) => createHmac('sha256', key).update(code).digest();
}

/** For the part that tells gates of codes. @returns base64url */
export type GateCodes = (gate: string, code: string) => string;

export function createGateCodes(ring: KeyRing): GateCodes {
  const gates = new Map<string, (code: string) => Buffer>();
  return (gate, code) => {
    const hash = gates.get(gate) ?? createGateCodeHash(deriveGateCodecKey(ring, gate).key);
    gates.set(gate, hash);
    return hash(code).toString('base64url');
  };
}
