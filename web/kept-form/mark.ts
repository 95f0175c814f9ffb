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

const sealLength = 16;
const sealed = (owner: Buffer): [string, string] => ['form_owner_seal', owner.toString('base64url')];

export function markFor(house: Index, who: string): string {
  const owner = ownerHash(house, who);
  const seal = house.index(...sealed(owner)).subarray(0, sealLength);
  return Buffer.concat([owner, seal]).toString('base64url');
}

/** Whether it is this person's, as `readMark` says it: a tab may be older than the key. */
export const isOwner = ({ index }: Index, owner: Buffer, who: string): boolean =>
  index.matches(owner, 'form_owner', who);

/** @returns whose it is, by the key of then; undefined for a mark that we did not make */
export function readMark(house: Index, text: string): Buffer | undefined {
  const sent = Buffer.from(text, 'base64url');
  const owner = sent.subarray(0, ownerLength);
  if (sent.length !== ownerLength + sealLength) return undefined;
  const seals = house.index.every(...sealed(owner)).map((seal) => seal.subarray(0, sealLength));
  return seals.some((seal) => timingSafeEqual(sent.subarray(ownerLength), seal)) ? owner : undefined;
}
