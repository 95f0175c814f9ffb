import { normaliseIdentifier } from './text.ts';

/** Vehicle plates of the Chinese mainland (GA 36): ordinary with 7 characters, new energy with 8. */

const ordinary =
  /^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳领试超]$/u;
const newEnergy =
  /^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z](?:[A-HJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJK])$/u;
/** Embassies, emergency services, the military: compared by hand, so only bounded. */
const special = /^[\p{Script=Han}A-Z0-9]{3,12}$/u;

/** Plates that one person keeps. */
export const mostPlates = 5;

export const normalisePlate = normaliseIdentifier;

export const isNewEnergyPlate = (plate: string): boolean => newEnergy.test(plate);

const isPlate = (plate: string): boolean => ordinary.test(plate) || newEnergy.test(plate);

/** Whether a text is meant as a plate: no code that a person types has a Chinese character. */
export function isPlateText(text: string): boolean {
  const plate = normalisePlate(text);
  return isPlate(plate) || (special.test(plate) && /\p{Script=Han}/u.test(plate) && /\d{3}/.test(plate));
}

/** A kept plate outside the rule: somebody declared it as special, and a person has to look at it. */
export const isHandCheckedPlate = (plate: string): boolean => !isPlate(plate);

/**
 * The normalised plate ('' when none was typed: a plate is optional), or the catalogue key of what is wrong.
 * @param isSpecial declared as an embassy's, emergency service's or military one
 */
export function checkPlate(
  text: string,
  isSpecial = false,
): { ok: true; plate: string } | { ok: false; plate: string; problem: string } {
  const plate = normalisePlate(text);
  if (plate === '' || isPlate(plate)) return { ok: true, plate };
  if (!isSpecial) return { ok: false, plate, problem: 'field.plate_format' };
  return special.test(plate) ? { ok: true, plate } : { ok: false, plate, problem: 'field.plate_special' };
}

/** The plates that a profile keeps after a visit by `chosen`: a visitor who comes on foot keeps their car. */
export function keepPlates(known: readonly string[], chosen: string | null): string[] {
  if (chosen === null || known.includes(chosen)) return [...known];
  const [usual, ...more] = [...known, chosen];
  return usual === undefined ? [] : [usual, ...more.slice(1 - mostPlates)];
}

/** The plates after the usual one was typed anew: it takes the place of the one before; cleared, the next one moves up. */
export function replaceUsualPlate(known: readonly string[], typed: string | null): string[] {
  const [usual, ...more] = known;
  if (typed === null) return more;
  if (usual !== undefined && more.includes(typed)) return [typed, usual, ...more.filter((plate) => plate !== typed)];
  return [typed, ...more];
}
