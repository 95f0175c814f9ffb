import type { Presented } from './gate-decision.ts';
import type { KnownPass } from './known-pass.ts';
import type { PassCrypto } from './pass-token.ts';
import { type DocumentHashes, documentMatches } from './sealed-pass.ts';
import { normaliseIdentifier } from './text.ts';

/** What a kind of credential is to a gate. Its sentences are `credential.<kind>` in the catalogues. */
export interface CredentialKind {
  /** Whether a text in the device page's one field is meant as this kind. */
  announces(text: string): boolean;
  /** Whether a stranger could try values: wrong ones are counted. */
  guessable: boolean;
  /** Whether it stays in the field while the document is typed; a QR has changed by then. */
  lasting: boolean;
  /** Undefined when it is no pass that anybody here could know. */
  read(shown: Shown, reader: CredentialReader): Recognised | undefined;
}

export interface Shown {
  /** Never trimmed: a space is a base45 digit. */
  value: string;
  /** The document's number, or its last six characters. */
  document?: string;
}

export interface Recognised {
  reservation: string;
  ordinal: number;
  presented: Presented;
  /** What the feed said of this pass. */
  known?: KnownPass;
}

/** What a gate has in hand to read with. */
export interface CredentialReader {
  passes: {
    find(reservation: string, ordinal: number): KnownPass | undefined;
    /** Usually one; two strangers' codes may be equal once in a long while. */
    findByCode(code: string): KnownPass[];
    /** Of every visit that somebody comes to with this vehicle. @param plate normalised */
    findByPlate(plate: string): KnownPass[];
  };
  crypto: PassCrypto;
  hashes: DocumentHashes;
  /** The campus of this gate: what is not signed comes from its own feed. */
  campus: number;
  /** Epoch milliseconds, by the clock of this gate. */
  now: number;
}

/** A pass of this gate's own feed, found by something that opens together with the document only. */
export function presentKnown(
  { reservation, ordinal, version, gates, from = 0, until }: KnownPass,
  campus: number,
  document: Presented['document'],
): Omit<Recognised, 'known'> {
  const presented: Presented = {
    proof: 'document',
    authentic: true,
    version,
    campus,
    gates,
    from,
    until,
    document,
  };
  return { reservation, ordinal, presented };
}

/** What a typed document is to the person of a pass. Slow: once a pass. */
export function compareDocument(
  typed: string | undefined,
  known: KnownPass | undefined,
  hashes: DocumentHashes,
): Presented['document'] {
  const number = typed === undefined ? '' : normaliseIdentifier(typed);
  if (number === '') return 'absent';
  if (!known?.guard) return 'unknown';
  return documentMatches(known.guard.doc, number, hashes) ? 'matches' : 'differs';
}
