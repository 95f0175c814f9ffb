import type { Verify } from '../domain/pass-token.ts';
import type { TrustedKey } from '../platform/keys.ts';
import { createVerifier, type Verifier } from '../platform/signing.ts';

/** Public keys the gate believes, each for its one use: a renewal key proves no pass. */
export interface TrustedKeys {
  verifyPass: Verify;
  verifyPage(keyId: number, bytes: Uint8Array, signature: Uint8Array): boolean;
}

export function trustKeys(keys: readonly TrustedKey[]): TrustedKeys {
  const verifiers = new Map<string, Verifier>(keys.map((key) => [`${key.use}/${key.kid}`, createVerifier(key.public)]));
  const verify = (use: TrustedKey['use'], keyId: number, bytes: Uint8Array, signature: Uint8Array): boolean =>
    verifiers.get(`${use}/${keyId}`)?.(bytes, signature) ?? false;
  return {
    verifyPass: verify,
    verifyPage: (keyId, bytes, signature) => verify('feed', keyId, bytes, signature),
  };
}
