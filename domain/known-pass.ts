import type { SealedPass } from './sealed-pass.ts';

/** A pass that a gate has been told of. */
export interface KnownPass {
  reservation: string;
  ordinal: number;
  version: number;
  revoked: boolean;
  /** Undefined when the gate only knows of the revocation. */
  from?: number;
  until: number;
  gates: bigint;
  guard?: GuardView;
}

/** All that is kept of a person: what the guard sees, masked, and what a typed document is compared with. */
export interface GuardView {
  name: string;
  plate?: string;
  /** The last four digits of the phone. */
  phoneTail?: string;
  doc: SealedPass['doc'];
}
