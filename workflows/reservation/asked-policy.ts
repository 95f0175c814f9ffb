import type { CompiledPolicy } from '../../domain/projection.ts';

/** What a compiled policy asks: its seats, how many of a step, and which are signed before their tasks open. */

/** The same submission by the same version: a visit that waits may be moved to another one. */
export const isSame = (one: CompiledPolicy, other: CompiledPolicy): boolean =>
  one.submission === other.submission && one.version === other.version;

/** Whether both ask the same seats in the same steps, and as many of them. */
export const asksTheSame = (one: CompiledPolicy, other: CompiledPolicy): boolean =>
  one.signatures.length === other.signatures.length &&
  one.signatures.every(
    (seat, n) => isSameSeat(seat, other.signatures[n]) && needOf(one, seat.step) === needOf(other, seat.step),
  );

/** The same policy with the signature of this seat, where it asks for it. */
export const signedBy = (policy: CompiledPolicy, seat: Signature, decision: string): CompiledPolicy => ({
  ...policy,
  signatures: policy.signatures.map((one) => (isSameSeat(one, seat) ? { ...one, signed: decision } : one)),
});

type Signature = CompiledPolicy['signatures'][number];
const isSameSeat = (one: Signature, other: Signature | undefined): boolean =>
  other !== undefined && seatKey(one) === seatKey(other);
const seatKey = ({ step, ordinal, department, role, people }: Signature): string =>
  JSON.stringify([step, ordinal, department, role ?? null, people ?? null]);

/** What is asked for later is not signed by it any more. */
export const unsigned = (policy: CompiledPolicy, decision: string | undefined): CompiledPolicy => ({
  ...policy,
  signatures: policy.signatures.map(({ signed, ...seat }) =>
    signed && signed !== decision ? { ...seat, signed } : seat,
  ),
});

/** Nor by anything, from this step on; what somebody who was added has signed stands. */
export const unsignedFrom = (policy: CompiledPolicy, step: number): CompiledPolicy => ({
  ...policy,
  signatures: policy.signatures.map(({ signed, ...seat }) =>
    signed && (seat.step < step || seat.added) ? { ...seat, signed } : seat,
  ),
});

/** Left out: every signature of it. */
export const needOf = (policy: CompiledPolicy, step: number): number =>
  stepOf(policy, step)?.need ?? policy.signatures.filter((one) => one.step === step && !one.added).length;

export const stepOf = ({ steps }: CompiledPolicy, step: number) => steps?.find((one) => one.step === step);
