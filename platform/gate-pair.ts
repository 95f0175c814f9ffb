import { createHash } from 'node:crypto';

/** The public halves of a gate's two keys, 32 raw bytes each: Ed25519 and X25519. */
export interface PublicPair {
  identityKey: Buffer;
  sealingKey: Buffer;
}

/** As a gate says that it holds a pair, among the names of the keys that it believes. */
export const nameOfPair = (pair: PublicPair): string => `${pairPrefix}${hashOf(pair).slice(0, 16)}`;

/** As people compare it on two screens: 128 bits in eight groups of hexadecimal digits. */
export const fingerprintOfPair = (pair: PublicPair): string =>
  (hashOf(pair).slice(0, 32).match(/.{4}/g) ?? []).join(' ');

const hashOf = ({ identityKey, sealingKey }: PublicPair): string =>
  createHash('sha256').update(identityKey).update(sealingKey).digest('hex');

export const pairPrefix = 'gate/';
