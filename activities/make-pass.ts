import { gatesBitmap } from '../domain/gates-bitmap.ts';
import { type PassClaims, signBoundPass, signPass, signStaticPass } from '../domain/pass-token.ts';
import type { NewPass } from '../store/passes/pass.ts';
import type { IssuedVisit, Phone } from './issued-visit.ts';

interface Making {
  id: string;
  ordinal: number;
  version: number;
  seq: number;
  phone?: Phone;
  /** The key that signs, and its id. */
  signing: { keyId: number; sign: (message: Uint8Array) => Uint8Array };
}

/** A signed pass: what a phone shows, bound to its key where it has one, and what is printed. */
export function makePass(
  { reservation, campus, gates, from, until }: IssuedVisit,
  { id, ordinal, version, seq, phone, signing }: Making,
): Omit<NewPass, 'gateCode'> {
  const issuedAt = new Date();
  const claims: PassClaims = {
    form: phone ? 'bound' : 'renewed',
    keyId: signing.keyId,
    reservation,
    ordinal,
    version,
    campus: campus.number,
    gates: gatesBitmap(gates),
    from: from.getTime(),
    until: until.getTime(),
    issued: issuedAt.getTime(),
  };
  return {
    id,
    reservation,
    ordinal,
    version,
    seq,
    campus: campus.id,
    gates: claims.gates,
    from,
    until,
    issuedAt,
    ...(phone && { binding: phone.binding }),
    token: phone ? signBoundPass(claims, phone.publicKey, signing.sign) : signPass(claims, signing.sign),
    paper: signStaticPass(claims, signing.sign),
  };
}
