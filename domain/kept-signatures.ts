import { takesLastSigner } from './distinct-signers.ts';

/**
 * Which of the signatures that a visit has go on counting when it is moved to another version of its policy: those that the
 * new version asks for as well, of the same seat, and where it says so one approval for the later steps of its signer. None stays
 * where another one that its step needs would be left with nobody: it is given anew.
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
  /** How many signatures of its step are enough. */
  need: number;
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
  const leavesNobody = (at: number, one: Given) => {
    const own = [...asked.entries()].filter(([, { step }]) => step === asked[at]?.step);
    const signed = own.flatMap(([n]) => kept[n] ?? []);
    if (signed.length + 1 >= (asked[at]?.need ?? 0)) return false;
    const unsigned = own.filter(([n]) => !kept[n]);
    const hasSigned = new Set(signed.flatMap(({ staff, behalf }) => [staff, behalf]));
    const signers = unsigned.map(([, { actors }]) => actors.filter((person) => !hasSigned.has(person)));
    const by = one.behalf ? [one.staff, one.behalf] : [one.staff];
    const position = unsigned.findIndex(([n]) => n === at);
    return takesLastSigner(signers, position, by);
  };
  for (const [n, { step, seat, notBy = [] }] of asked.entries()) {
    const isFree = (one: Given) => !kept.some((other) => other === one || (!once && other?.decision === one.decision));
    const mayGive = ({ staff, behalf }: Given) => !notBy.some((one) => one === staff || one === behalf);
    const fits = (one: Given) => one.seat === seat && isFree(one) && mayGive(one) && !hasSignedIn(step, one);
    kept[n] = given.find((one) => fits(one) && !leavesNobody(n, one));
  }
  if (!once) return kept;
  for (const [n, { step, actors }] of asked.entries()) {
    const signsWith = (one: Given | undefined, at: number) =>
      one?.extends &&
      asked[at] &&
      asked[at].step < step &&
      actors.includes(one.staff) &&
      !hasSignedIn(step, one) &&
      !leavesNobody(n, one);
    kept[n] ??= kept.find(signsWith);
  }
  return kept;
}
