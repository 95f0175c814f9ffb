import { timingSafeEqual } from 'node:crypto';
import type { BlindIndex } from '../../platform/crypto.ts';

/**
 * The mark in a form says which person the form was drawn for. It is opaque, made by us only, and the same on all pages
 * of a person in every session, so that a tab left open still serves them after they signed in again. It is no
 * credential: it opens nothing without the session of that person, and tells a reader nobody's name. Ids of visitors and of
 * staff are never the same, so a mark of one side is somebody else's on the other.
 */

type Index = { index: BlindIndex };

const ownerLength = 32;

/** As rows of kept forms name an owner. */
export const ownerHash = ({ index }: Index, who: string): Buffer => index('form_owner', who);

const sealOf = ({ index }: Index, owner: Buffer): Buffer =>
  index('form_owner_seal', owner.toString('base64url')).subarray(0, 16);

export function markFor(house: Index, who: string): string {
  const owner = ownerHash(house, who);
  return Buffer.concat([owner, sealOf(house, owner)]).toString('base64url');
}

/** @returns whose it is, as `ownerHash` says it; undefined for a mark that we did not make */
export function readMark(house: Index, text: string): Buffer | undefined {
  const sent = Buffer.from(text, 'base64url');
  const owner = sent.subarray(0, ownerLength);
  const seal = sealOf(house, owner);
  const ours = sent.length === ownerLength + seal.length && timingSafeEqual(sent.subarray(ownerLength), seal);
  return ours ? owner : undefined;
}
