import { createHash, createHmac } from 'node:crypto';
import type { CredentialReader, Recognised, Shown } from '../domain/credential-kind.ts';
import { type CredentialName, credentials } from '../domain/credentials.ts';
import type { PassCrypto } from '../domain/pass-token.ts';
import type { DocumentHashes } from '../domain/sealed-pass.ts';
import { slowHash } from '../platform/document-proof.ts';
import { verifyPhone } from '../platform/signing.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** What was held before the scanner or typed, and what the gate makes of it. */

export interface Credential extends Shown {
  kind: CredentialName;
}

/** Undefined when it is no pass that anybody here could know. */
export function recognise(
  credential: Credential,
  { passes, trusted, campus, now }: Pick<CredentialReader, 'passes' | 'campus' | 'now'> & { trusted: TrustedKeys },
): Recognised | undefined {
  const crypto: PassCrypto = { verify: trusted.verifyPass, verifyPhone, sha256 };
  return credentials[credential.kind].read(credential, { passes, crypto, hashes, campus, now });
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hashes: DocumentHashes = {
  fast: (key, text) => createHmac('sha256', key).update(text).digest('base64url'),
  slow: slowHash,
};
