import { createHash, createHmac } from 'node:crypto';
import { readGateCode } from '../domain/gate-code.ts';
import type { Presented } from '../domain/gate-decision.ts';
import { fromQrText, readPass } from '../domain/pass-token.ts';
import { documentMatches, type KeyedHash } from '../domain/sealed-pass.ts';
import { normaliseIdentifier } from '../domain/text.ts';
import { verifyPhone } from '../platform/signing.ts';
import type { KnownPass, KnownPasses } from './known-passes.ts';
import type { TrustedKeys } from './trusted-keys.ts';

/** What was held before the scanner or typed, and what the gate makes of it. */

export interface Credential {
  kind: 'qr' | 'code';
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

export interface Reader {
  passes: KnownPasses;
  trusted: TrustedKeys;
  /** The campus of this gate: a gate code comes from its own feed. */
  campus: number;
}

/** Undefined when it is no pass that anybody here could know. */
export function recognise(credential: Credential, reader: Reader): Recognised | undefined {
  return credential.kind === 'qr' ? recogniseQr(credential, reader) : recogniseCode(credential, reader);
}

function recogniseQr({ value, document }: Credential, { passes, trusted }: Reader): Recognised | undefined {
  const token = fromQrText(value);
  const pass = token && readPass(token, { verify: trusted.verifyPass, verifyPhone, sha256 });
  if (!pass) return undefined;
  const { reservation, ordinal, version, campus, gates, from, until, form } = pass.claims;
  // A forged token names whomever it likes: nothing is looked up, nobody is shown.
  const known = pass.authentic ? passes.find(reservation, ordinal) : undefined;
  const presented: Presented = {
    kind: 'qr',
    authentic: pass.authentic,
    version,
    campus,
    gates,
    from,
    until,
    form,
    ...(pass.step === undefined ? {} : { step: pass.step }),
    document: compareDocument(document, known),
  };
  return { reservation, ordinal, presented, ...(known ? { known } : {}) };
}

function recogniseCode({ value, document }: Credential, { passes, campus }: Reader): Recognised | undefined {
  const code = readGateCode(value);
  const found = code === undefined ? [] : passes.findByCode(code);
  // Equal codes of two people: the document tells them apart.
  const known = found.find((one) => compareDocument(document, one) === 'matches') ?? found.at(-1);
  if (!known) return undefined;
  const { reservation, ordinal, version, gates, from = 0, until } = known;
  const presented: Presented = {
    kind: 'code',
    authentic: true,
    version,
    campus,
    gates,
    from,
    until,
    form: 'static',
    document: compareDocument(document, known),
  };
  return { reservation, ordinal, presented, known };
}

function compareDocument(typed: string | undefined, known: KnownPass | undefined): Presented['document'] {
  const number = typed === undefined ? '' : normaliseIdentifier(typed);
  if (number === '') return 'absent';
  if (!known?.guard) return 'unknown';
  return documentMatches(known.guard.doc, number, hmac) ? 'matches' : 'differs';
}

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const hmac: KeyedHash = (key, text) => createHmac('sha256', key).update(text).digest('base64url');
