import { type CredentialKind, compareDocument } from './credential-kind.ts';
import type { Presented } from './gate-decision.ts';
import { type PassForm, readPass, tokensIn } from './pass-token.ts';
import { looksDamaged, readingsOf } from './scanned-text.ts';

/** A pass as a QR code, on a phone or on paper: it proves itself by its signatures. */
export const qr: CredentialKind = {
  announces: (text) => readingsOf(text).some((reading) => reading.startsWith('XM1:')) || looksDamaged(text),
  guessable: false,
  lasting: false,
  read({ value, document }, { passes, crypto, hashes }) {
    const read = tokensIn(value).flatMap((token) => readPass(token, crypto) ?? []);
    const pass = read.find(({ authentic }) => authentic) ?? read[0];
    if (!pass) return undefined;
    const { reservation, ordinal, version, campus, gates, from, until, form } = pass.claims;
    // A forged token may name anybody: nothing is looked up, and no person is shown.
    const known = pass.authentic ? passes.find(reservation, ordinal) : undefined;
    const presented: Presented = {
      proof: proofOf(form),
      authentic: pass.authentic,
      version,
      campus,
      gates,
      from,
      until,
      ...(pass.step === undefined ? {} : { step: pass.step }),
      document: compareDocument(document, known, hashes),
    };
    return { reservation, ordinal, presented, ...(known ? { known } : {}) };
  },
};

/** A phone shows a fresh step; paper and a saved picture have none and ask for the document. */
export const proofOf = (form: PassForm): Presented['proof'] => (form === 'static' ? 'document' : 'step');
