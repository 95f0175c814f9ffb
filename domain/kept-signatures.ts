/**
 * Which of the signatures that a visit has go on counting when it is moved to another version of its policy: those that the
 * new version asks for as well, of the same seat, and where it says so one approval for the later steps of its signer.
 */

export interface GivenSignature {
  /** The decision that gave it. */
  decision: string;
  /** Whose signature it is, see `seatKey`. */
  seat: string;
  staff: string;
  /** For whom they signed. */
  behalf: string | null;
  /** It may count for later steps of its signer: an approval by their own right. */
  extends: boolean;
}

export interface AskedSeat {
  step: number;
  seat: string;
  /** Who could sign it, ids of staff. */
  actors: readonly string[];
  /** Who may not give it. */
  notBy?: readonly string[] | undefined;
}

export const seatKey = ({
  department,
  role,
  people,
}: {
  department: string;
  role?: string | undefined;
  people?: readonly string[] | null | undefined;
}): string => JSON.stringify([department, role ?? 'approver', people ?? null]);

/**
 * @param asked the seats of the new version, in order of their steps
 * @param given in the order in which they were given
 * @param once whether who signed signs the later steps with it
 * @returns for each seat the signature that stays, in the order of the seats; each person once a step
 */
export function keptSignatures<Given extends GivenSignature>(
  asked: readonly AskedSeat[],
  given: readonly Given[],
  once: boolean,
): (Given | undefined)[] {
  const kept: (Given | undefined)[] = asked.map(() => undefined);
  const hasSignedIn = (step: number, { staff, behalf }: Given) =>
    asked.some((seat, n) => {
      const signed = seat.step === step && kept[n];
      return signed && [signed.staff, signed.behalf].some((one) => one && (one === staff || one === behalf));
    });
  for (const [n, { step, seat, notBy = [] }] of asked.entries()) {
    const isFree = (one: Given) => !kept.some((other) => other === one || (!once && other?.decision === one.decision));
    const mayGive = ({ staff, behalf }: Given) => !notBy.some((one) => one === staff || one === behalf);
    kept[n] = given.find((one) => one.seat === seat && isFree(one) && mayGive(one) && !hasSignedIn(step, one));
  }
  if (!once) return kept;
  for (const [n, { step, actors }] of asked.entries()) {
    const signsWith = (one: Given | undefined, at: number) =>
      one?.extends && asked[at] && asked[at].step < step && actors.includes(one.staff) && !hasSignedIn(step, one);
    kept[n] ??= kept.find(signsWith);
  }
  return kept;
}
