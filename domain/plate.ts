import { normaliseIdentifier } from './text.ts';

/** Vehicle plates of the Chinese mainland (GA 36): ordinary with 7 characters, new energy with 8. */

const ordinary =
  /^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9挂学警港澳领试超]$/u;
const newEnergy =
  /^[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z](?:[A-HJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJK])$/u;

export const normalisePlate = normaliseIdentifier;

export const isPlate = (plate: string): boolean => ordinary.test(plate) || newEnergy.test(plate);

/** The normalised plate ('' when none was typed: a plate is optional), or the catalogue key of what is wrong. */
export function checkPlate(text: string): { ok: true; plate: string } | { ok: false; plate: string; problem: string } {
  const plate = normalisePlate(text);
  return plate === '' || isPlate(plate) ? { ok: true, plate } : { ok: false, plate, problem: 'field.plate_format' };
}
