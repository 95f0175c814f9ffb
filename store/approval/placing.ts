import { seatKey } from '../../domain/kept-signatures.ts';
import {
  besideSeat,
  blockedSeats,
  firstWaiting,
  inStep,
  leftWithNobody,
  type Placed,
  type SeatToSign,
} from '../../domain/placed-signers.ts';
import type { PlannedSeat } from './planned-seat.ts';
import type { SignerToMove } from './signers-to-move.ts';

export interface Placing {
  steps: readonly { need: number }[];
  seats: readonly PlannedSeat[];
  signers: readonly SignerToMove[];
  /** Seats whose open tasks are somebody else's since, and who could sign them. */
  passed: readonly { seat: string; actors: string[] }[];
  /** The seats with what stays signed of them, beside these signers. */
  keep(added: readonly Placed<SignerToMove>[]): PlannedSeat[];
}

interface PlacedSeats {
  seats: PlannedSeat[];
  added: Placed<SignerToMove>[];
}

/**
 * Everybody who was added has their place in the new version. A signature of somebody whose step it has not is left out where
 * it would take another one's last signer: it has been given, and nothing waits for it.
 *
 * @returns `placed` undefined where a signature would be left with nobody; `blocked`: seats that nobody is left for
 */
export function placeSigners({ steps, seats, signers, passed, keep }: Placing): {
  placed: PlacedSeats | undefined;
  blocked: SeatToSign[];
} {
  const plain = { seats: keep([]), added: [] };
  const asked = (of: PlacedSeats) => [steps, toSign(steps, of.seats, of.added, passed), of.added] as const;
  const before = leftWithNobody(...asked(plain));
  if (signers.length === 0) return { placed: plain, blocked: blockedSeats(...asked(plain)) };
  const keys = new Set(seats.map(seatKey));
  const needed = signers.filter(({ signed, seat }) => !signed || keys.has(seat));
  const [all, fewer] = [signers, needed].map((some) => place({ steps, signers: some, keep })) as [
    PlacedSeats,
    PlacedSeats,
  ];
  const placed = [all, fewer].find((one) => leftWithNobody(...asked(one)) <= before);
  return { placed, blocked: blockedSeats(...asked(placed ?? fewer)) };
}

function place({ steps, signers, keep }: Pick<Placing, 'steps' | 'signers' | 'keep'>): PlacedSeats {
  const asked = keep([]).map(asSeat);
  const beside = signers.map((signer) => besideSeat(signer, asked));
  const known = beside.flatMap((one) => one ?? []);
  const kept = keep(known);
  const stands = Math.min(firstWaiting(steps, kept, known), steps.length - 1);
  const added = signers.map((signer, n) => beside[n] ?? inStep(signer, kept.map(asSeat), stands));
  return { seats: keep(added), added };
}

const asSeat = (seat: PlannedSeat): SeatToSign => ({
  step: seat.step,
  ordinal: seat.ordinal,
  seat: seatKey(seat),
  actors: seat.actors,
  signed: seat.signed,
});

/** Of the step that waits first, a task that is open goes on with whoever it was passed on to. */
function toSign(
  steps: Placing['steps'],
  seats: readonly PlannedSeat[],
  added: readonly Placed<SignerToMove>[],
  passed: Placing['passed'],
): SeatToSign[] {
  const first = firstWaiting(steps, seats, added);
  const left = [...passed];
  return seats.map(asSeat).map((seat) => {
    const found = seat.step === first && !seat.signed ? left.findIndex((one) => one.seat === seat.seat) : -1;
    const [other] = found < 0 ? [] : left.splice(found, 1);
    return other ? { ...seat, actors: other.actors, passedOn: true } : seat;
  });
}
