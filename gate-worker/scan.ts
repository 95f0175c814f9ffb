import type { EntryMethod } from '../domain/credentials.ts';
import type { Decision } from '../domain/gate-decision.ts';
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
}
