import { describe, expect, it } from 'vitest';
import { besideSeat, blockedSeats, firstWaiting, inStep, leftWithNobody, type SeatToSign } from './placed-signers.ts';

/** Who was added, by another version of the policy. */

const seat = (step: number, ordinal: number, name: string, ...actors: string[]): SeatToSign => ({
  step,
  ordinal,
  seat: name,
  actors,
});
const signer = (of: string, step: number, ordinal: number, ...actors: string[]) => ({
  seat: of,
  step,
  ordinal,
  actors,
  named: actors,
});
const by = (staff: string) => ({ signed: { staff, behalf: null } });

describe('a signer who was added', () => {
  const seats = [
    seat(0, 0, 'head', 'h'),
    seat(1, 0, 'approver', 'a'),
    seat(1, 1, 'approver', 'a'),
    seat(2, 0, 'approver', 'a'),
  ];

  it('stands beside the same seat: in its step and place, else in its step, else where it comes first', () => {
    const at = (of: string, step: number, ordinal: number) => besideSeat(signer(of, step, ordinal, 'x'), seats)?.at;
    expect(at('approver', 1, 1)).toEqual({ step: 1, ordinal: 1 });
    expect(at('approver', 2, 3)).toEqual({ step: 2, ordinal: 0 });
    expect(at('approver', 0, 0)).toEqual({ step: 1, ordinal: 0 });
    expect(at('security', 0, 0)).toBeUndefined();
  });

  it('else in a step, beside what is still to be signed there', () => {
    const signed = seats.map((one) => (one.step === 1 && one.ordinal === 0 ? { ...one, ...by('a') } : one));
    expect(inStep(signer('gone', 0, 0, 'x'), signed, 1).at).toEqual({ step: 1, ordinal: 1 });
    expect(inStep(signer('gone', 0, 0, 'x'), [{ ...seat(0, 0, 'head'), ...by('h') }], 0).at).toEqual({
      step: 0,
      ordinal: 0,
    });
  });
});

it('a step waits until the policy has its signatures and everybody who was added has signed', () => {
  const steps = [{ need: 1 }, { need: 1 }];
  const seats = [{ step: 0, ...by('a') }, { step: 1 }];
  expect(firstWaiting(steps, seats)).toBe(1);
  expect(firstWaiting(steps, seats, [{ at: { step: 0 } }])).toBe(0);
  expect(firstWaiting(steps, seats, [{ at: { step: 0 }, ...by('x') }])).toBe(1);
  expect(
    firstWaiting(
      steps,
      [seats[0], { step: 1, ...by('b') }].map((one) => one ?? { step: 0 }),
    ),
  ).toBe(2);
});

describe('a signature finds nobody', () => {
  const steps = [{ need: 2 }];
  const seats = [seat(0, 0, 'approver', 'a', 'b'), seat(0, 1, 'head', 'h')];
  const added = (...people: string[]) => ({ ...signer('approver', 0, 0, ...people), at: { step: 0, ordinal: 0 } });

  it('where who was added is its only signer, whether they have signed or not', () => {
    expect(leftWithNobody(steps, seats, [])).toBe(0);
    expect(leftWithNobody(steps, seats, [added('a')])).toBe(0);
    expect(leftWithNobody(steps, seats, [added('h')])).toBe(1);
    expect(leftWithNobody(steps, seats, [{ ...added('h'), ...by('h') }])).toBe(1);
    expect(leftWithNobody([{ need: 1 }], seats, [added('h')]), 'one is enough').toBe(0);
  });

  it('and is asked of somebody else: what was passed on stays with whom it is', () => {
    const blocked = (...of: Parameters<typeof blockedSeats>) => blockedSeats(...of).map((one) => one.seat);
    expect(blocked(steps, seats, [])).toEqual([]);
    expect(blocked(steps, seats, [added('h')])).toEqual(['head']);
    expect(blocked([{ need: 1 }], seats, [added('h')]), 'one is enough').toEqual([]);
    const both = [seat(0, 0, 'head', 'h'), { ...seat(0, 1, 'approver', 'h'), passedOn: true as const }];
    expect(blocked(steps, both, [])).toEqual(['head']);
  });

  it('where two were added who are the same person by now', () => {
    expect(leftWithNobody(steps, seats, [added('x'), added('x')])).toBe(2);
    expect(leftWithNobody(steps, seats, [added('x'), added('y')])).toBe(0);
  });
});
