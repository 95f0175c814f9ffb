import { documentTail, documentTailLength } from './identity-number.ts';

/**
 * What one gate is told of a pass beyond its token: sealed to that gate by the worker, opened by nobody else, never carried
 * by Temporal. Neither the code nor the document is in it: of the code there is a hash that this gate alone can make, of
 * the document a proof of the last six characters that a guard types, slow to make.
 */
export interface SealedPass {
  name: string;
  plate?: string;
  /** The last four digits of the person's phone, by which two people of one name are told apart. */
  phoneTail?: string;
  /** Base64url of the code's HMAC under the gate's own key, see platform/gate-codes.ts. */
  codeHash: string;
  /** Epoch milliseconds. */
  from: number;
  /** 16 hexadecimal digits, see gates-bitmap.ts. */
  gates: string;
  doc: DocumentProof | FastProof;
}

/** Binary logarithm of scrypt's N; a row says its own, so that it may grow. */
export interface DocumentProof {
  salt: string;
  tail: string;
  cost: number;
}

/** As rows were written before: HMACs of the whole number and of its last six characters. */
export interface FastProof {
  salt: string;
  hash: string;
  tail: string;
}

export interface DocumentHashes {
  /** HMAC-SHA256 as base64url. */
  fast(key: string, text: string): string;
  /** scrypt as base64url. */
  slow(salt: string, text: string, cost: number): string;
}

/** The bytes to seal for a pass. */
export function encodeSealedPass(pass: {
  name: string;
  plate?: string;
  phoneTail?: string;
  codeHash: string;
  proof: DocumentProof;
  from: number;
  gates: bigint;
}): Uint8Array {
  const sealed: SealedPass = {
    name: pass.name,
    ...(pass.plate ? { plate: pass.plate } : {}),
    ...(pass.phoneTail ? { phoneTail: pass.phoneTail } : {}),
    codeHash: pass.codeHash,
    from: pass.from,
    gates: pass.gates.toString(16).padStart(16, '0'),
    doc: pass.proof,
  };
  return new TextEncoder().encode(JSON.stringify(sealed));
}

/** Whether a normalised number, whole or its last six characters, is the one of the pass. */
export function documentMatches(doc: SealedPass['doc'], document: string, { fast, slow }: DocumentHashes): boolean {
  if ('cost' in doc) return slow(doc.salt, documentTail(document), doc.cost) === doc.tail;
  return fast(doc.salt, document) === (document.length === documentTailLength ? doc.tail : doc.hash);
}

/** What the sealed bytes are bound to: moved to another pass or gate they no longer open. */
export const sealingContext = (gate: string, pass: { reservation: string; ordinal: number; version: number }): string =>
  `feed/${gate}/${pass.reservation}/${pass.ordinal}/${pass.version}`;
