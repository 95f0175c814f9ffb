import type { GivenSignature } from '../../domain/kept-signatures.ts';
import type { RequiredSeat } from './seats.ts';

/** A signature that a visit would need by another version of its policy. */
export interface PlannedSeat extends RequiredSeat {
  step: number;
  ordinal: number;
  /** Who could sign it, ids of staff. */
  actors: string[];
  /** What it has been signed with already. */
  signed?: Given;
}

export interface Given extends GivenSignature {
  /** It counts by the version of today. */
  counts: boolean;
  at: Date;
}
