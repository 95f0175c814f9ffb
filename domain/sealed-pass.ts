import { documentTail, documentTailLength } from './identity-number.ts';

/**
 * What one gate is told of a pass beyond its token: sealed to that gate by the worker, opened by nobody
 * else, never carried by Temporal. The document itself is not in it: only salted proofs, of the whole
 * number and of the last six characters that a guard types.
 */
export interface SealedPass {
  name: string;
  plate?: string;
  /** 入校码, canonical form. */
  code: string;
  /** Epoch milliseconds; the end stands beside the sealed part, since the feed is compacted by it. */
  from: number;
  /** 16 hexadecimal digits, see gates-bitmap.ts. */
  gates: string;
  doc: { salt: string; hash: string; tail: string };
}

/** HMAC-SHA256 as base64url. */
export type KeyedHash = (key: string, text: string) => string;

/**
 * The bytes to seal for a pass.
 * @param salt at least 16 random bytes as text, fresh for each pass
 */
export function encodeSealedPass(
  pass: { name: string; plate?: string; code: string; document: string; from: number; gates: bigint },
  salt: string,
  hmac: KeyedHash,
): Uint8Array {
  const sealed: SealedPass = {
    name: pass.name,
    ...(pass.plate ? { plate: pass.plate } : {}),
    code: pass.code,
    from: pass.from,
    gates: pass.gates.toString(16).padStart(16, '0'),
    doc: { salt, hash: hmac(salt, pass.document), tail: hmac(salt, documentTail(pass.document)) },
  };
  return new TextEncoder().encode(JSON.stringify(sealed));
}

/** Whether a normalised number, whole or its last six characters, is the one of the pass. */
export function documentMatches(doc: SealedPass['doc'], document: string, hmac: KeyedHash): boolean {
  return hmac(doc.salt, document) === (document.length === documentTailLength ? doc.tail : doc.hash);
}

/** What the sealed bytes are bound to: moved to another pass or gate they no longer open. */
export const sealingContext = (gate: string, pass: { reservation: string; ordinal: number; version: number }): string =>
  `feed/${gate}/${pass.reservation}/${pass.ordinal}/${pass.version}`;
