import { type CredentialKind, compareDocument, presentKnown } from './credential-kind.ts';
import { readGateCode } from './gate-code.ts';

/** 入校码: what a visitor says or types when no QR can be read; known from this gate's feed only. */
export const code: CredentialKind = {
  // A text that no other kind of credential recognises is meant as a code.
  announces: () => true,
  guessable: true,
  lasting: true,
  read({ value, document }, { passes, hmac, campus }) {
    const canonical = readGateCode(value);
    const found = canonical === undefined ? [] : passes.findByCode(canonical);
    // Equal codes of two people: the document tells them apart.
    const known = found.find((one) => compareDocument(document, one, hmac) === 'matches') ?? found.at(-1);
    return known && { ...presentKnown(known, campus, compareDocument(document, known, hmac)), known };
  },
};
