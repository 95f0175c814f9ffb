import { createHash } from 'node:crypto';
import { openSealed, sealTo } from './sealing.ts';

/**
 * What an admin's confirmation hands to a box: sealed to its X25519 key, with the code that the admin typed in the derivation of the
 * key. Who only stands on the line, and has seen the code's hash, can neither read nor make it.
 */

/** SHA-256. The code is 130 random bits: nobody finds it by trying. */
export const hashEnrolmentCode = (code: string): Buffer =>
  createHash('sha256').update(`xiaomen enrolment\n${code}`).digest();

const context = (code: string): string => `enrolment\n${code}`;

/** @param recipient raw 32-byte X25519 public key */
export const sealForEnrolment = (recipient: Uint8Array, code: string, bytes: Uint8Array): Buffer =>
  sealTo(recipient, bytes, context(code));

/** @param key the box's X25519 key, PEM. @throws Error when it was made without the code, or for another key */
export const openEnrolment = (key: string, code: string, sealed: Uint8Array): Buffer =>
  openSealed(key, sealed, context(code));
