import { createHash } from 'node:crypto';

/** The public halves of a gate's two keys, 32 raw bytes each: Ed25519 and X25519. */
export interface PublicPair {
  identityKey: Buffer;
  sealingKey: Buffer;
}

/** As a gate says that it holds a pair, among the names of the keys that it believes. */
export const nameOfPair = ({ identityKey, sealingKey }: PublicPair): string =>
  `${pairPrefix}${createHash('sha256').update(identityKey).update(sealingKey).digest('hex').slice(0, 16)}`;

export const pairPrefix = 'gate/';
