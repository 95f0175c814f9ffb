import type { EntryMethod } from '../domain/credentials.ts';
import type { Decision } from '../domain/gate-decision.ts';
import type { HandReason } from '../domain/hand-entry.ts';
import type { ReasonCode } from '../domain/reason-codes.ts';
import type { Direction } from '../domain/reservation.ts';
import type { Note } from './notes.ts';

/** A scan and what was answered. */

/** Who is shown to the guard. Masked. */
export interface Party {
  name: string;
  plate: string | null;
}

export interface Answered extends Decision {
  party: Party | null;
  /** What the guard is told beside it. */
  notes: Note[];
}

/** Which scan: a device never uses a nonce for two. */
export interface ScanKey {
  device: string;
  nonce: string;
}

/** What becomes of a scan whose arm did not turn; `unwritten`: the disk does not take it, and the entry stands. */
export type Annulment = 'annulled' | 'unknown_scan' | 'not_opened' | 'too_late' | 'unwritten';

export interface Scan extends ScanKey, Answered {
  /** The credential and what was typed beside it, as one text; only its HMAC is kept. */
  asked: string;
  /** The scanner with the device token, or the console: wrong codes are counted for each. */
  askedBy: string;
  /** The guard who asked at the console, a member of staff. */
  guard?: string | undefined;
  at: number;
  /** A code or document that fits nobody. */
  wrong: boolean;
  direction: Direction;
  method: EntryMethod;
  /** Set when it opened. */
  event?: string;
  pass?: { reservation: string; ordinal: number };
  /** The time step that was shown. */
  step?: number | undefined;
  /** The version of the pass. */
  version?: number | undefined;
  /** Whether the person showed a document that fits. */
  byDocument: boolean;
  /** Why a guard let them in, where one did. */
  byHand?: HandReason | undefined;
}

/** A scan as the console lists it. */
export interface ListedScan extends Decision {
  at: number;
  direction: Direction;
  method: EntryMethod;
  party: Party | null;
  byHand?: HandReason | undefined;
  /** A member of staff. */
  guard?: string | undefined;
}

/** Whose pass was refused at the console. */
export interface RefusedPass {
  reservation: string;
  ordinal: number;
  version?: number | undefined;
  reason: ReasonCode;
  direction: Direction;
  party: Party | null;
  at: number;
}
