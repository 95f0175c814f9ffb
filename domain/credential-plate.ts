import { type CredentialKind, presentKnown } from './credential-kind.ts';
import type { KnownPass } from './known-pass.ts';
import { isPlateText, normalisePlate } from './plate.ts';

/**
 * 车牌, read by a camera or typed by a guard: it opens to the person who brings that vehicle. A plate can be copied; it opens
 * where somebody said on the visit's form that they come with it, at the gates and in the window of their pass.
 */
export const plate: CredentialKind = {
  announces: isPlateText,
  // Vehicles that nobody knows drive past a camera all day: they are not guesses, and shut nobody out.
  guessable: false,
  lasting: true,
  read({ value }, { passes, campus, now }) {
    const [known] = passes.findByPlate(normalisePlate(value)).toSorted(nearest(now));
    if (!known) return undefined;
    const { presented, ...whose } = presentKnown(known, campus, 'absent');
    return { ...whose, presented: { ...presented, proof: 'none' }, known };
  },
};

/** Of several visits with one vehicle: the one that goes on, else the one that is nearest. */
const nearest =
  (now: number) =>
  (one: KnownPass, other: KnownPass): number =>
    away(one, now) - away(other, now) || Number(one.revoked) - Number(other.revoked);

const away = ({ from = 0, until }: KnownPass, now: number): number => Math.max(from - now, now - until + 1, 0);
