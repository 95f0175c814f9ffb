import { withoutSigner } from './distinct-signers.ts';

/**
 * Where signers who were added to a task (加签) stand by another version of the policy: beside the seat that they were added to,
 * in the step that asks for it as well, else in the step in which the visit then stands.
 */

/** A signature that the version asks for. */
export interface SeatToSign {
  step: number;
  /** Counted from 0 within its step. */
  ordinal: number;
  seat: string;
  /** Who could sign it, ids of staff. */
  actors: readonly string[];
  signed?: SignedBy | undefined;
  /** Its task is open, and somebody else's than the seat says since it was passed on. */
  passedOn?: true;
}

export interface SignedBy {
  staff: string;
  behalf: string | null;
}

export interface SignerToPlace {
  seat: string;
  step: number;
  ordinal: number;
  actors: readonly string[];
  /** Whom it names: they sign nothing else of the step where it stands. */
  named: readonly string[];
  signed?: SignedBy | undefined;
}

/** `step`, and the ordinal of the seat there whose signers wait for them, or they for those. */
export type Placed<Signer> = Signer & { at: { step: number; ordinal: number } };

/** The seat that they were added to, where the version asks for it: in the same step and place before any other. */
export function besideSeat<Signer extends SignerToPlace>(
  signer: Signer,
  seats: readonly SeatToSign[],
): Placed<Signer> | undefined {
  const same = seats.filter(({ seat }) => seat === signer.seat);
  const found =
    same.find(({ step, ordinal }) => step === signer.step && ordinal === signer.ordinal) ??
    same.find(({ step }) => step === signer.step) ??
    same[0];
  return found && { ...signer, at: { step: found.step, ordinal: found.ordinal } };
}

/** In a step, beside a seat that is still to be signed where there is one. */
export function inStep<Signer extends SignerToPlace>(
  signer: Signer,
  seats: readonly SeatToSign[],
  step: number,
): Placed<Signer> {
  const own = seats.filter((seat) => seat.step === step);
  return { ...signer, at: { step, ordinal: (own.find(({ signed }) => !signed) ?? own[0])?.ordinal ?? 0 } };
}

/** The number of the step that waits first; that of none where every step has what it needs. */
export function firstWaiting(
  steps: readonly { need: number }[],
  seats: readonly { step: number; signed?: unknown }[],
  placed: readonly { at: { step: number }; signed?: unknown }[] = [],
): number {
  const waits = steps.findIndex(
    ({ need }, step) =>
      seats.filter((seat) => seat.step === step && seat.signed).length < need ||
      placed.some(({ at, signed }) => at.step === step && !signed),
  );
  return waits < 0 ? steps.length : waits;
}

/** How many signatures that are needed would find nobody: each of a step is another person's. */
export const leftWithNobody = (...asked: Parameters<typeof missing>): number =>
  missing(...asked).reduce((sum, { count }) => sum + count, 0);

/** The seats that would have to be asked of somebody else, so that each signature that is needed finds a person. */
export const blockedSeats = (...asked: Parameters<typeof missing>): SeatToSign[] =>
  missing(...asked).flatMap(({ blocked }) => blocked);

/** Of each step. */
const missing = (
  steps: readonly { need: number }[],
  seats: readonly SeatToSign[],
  placed: readonly Placed<SignerToPlace>[],
) =>
  steps.map(({ need }, step) =>
    missingIn(
      need,
      seats.filter((seat) => seat.step === step),
      placed.filter(({ at }) => at.step === step),
    ),
  );

function missingIn(need: number, seats: readonly SeatToSign[], placed: readonly SignerToPlace[]) {
  const signed = [...seats, ...placed].flatMap((one) => one.signed ?? []);
  const out = new Set(signed.flatMap(({ staff, behalf }) => (behalf ? [staff, behalf] : [staff])));
  const namedBeside = (own?: SignerToPlace) => new Set(placed.flatMap((one) => (one === own ? [] : one.named)));
  const able = (actors: readonly string[], beside: Set<string>) =>
    actors.filter((person) => !out.has(person) && !beside.has(person));
  const added = placed.filter((one) => !one.signed).map((one) => able(one.actors, namedBeside(one)));
  // What was passed on to somebody stays theirs, and another seat is asked of others instead.
  const open = seats.filter((seat) => !seat.signed).toSorted((a, b) => Number(!a.passedOn) - Number(!b.passedOn));
  const left = Math.max(0, need - (seats.length - open.length));
  // Those who were added first: each of them has to sign.
  const without = withoutSigner([...added, ...open.map((seat) => able(seat.actors, namedBeside()))]);
  const blocked = without.flatMap((n) => open[n - added.length] ?? []);
  const lacking = Math.max(0, left - (open.length - blocked.length));
  return { count: without.length - blocked.length + lacking, blocked: lacking > 0 ? blocked : [] };
}
