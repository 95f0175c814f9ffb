import { type CredentialKind, compareDocument, presentKnown } from './credential-kind.ts';
import { readGateCode } from './gate-code.ts';

/** 入校码: what a visitor says or types when no QR can be read; known from this gate's feed only. */
export const code: CredentialKind = {
  // A text that no other kind of credential recognises is meant as a code.
  announces: () => true,
  guessable: true,
  lasting: true,
  read({ value, document }, { passes, hashes, campus }) {
    const canonical = readGateCode(value);
    const found = canonical === undefined ? [] : passes.findByCode(canonical);
    const compared = found.map((known) => ({ known, shown: compareDocument(document, known, hashes) }));
    // Equal codes of two people: the document tells them apart.
    const one = compared.find(({ shown }) => shown === 'matches') ?? compared.at(-1);
    return one && { ...presentKnown(one.known, campus, one.shown), known: one.known };
  },
};
