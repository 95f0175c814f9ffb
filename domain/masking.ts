import { splitCountryCode } from './phone.ts';

/** Personal data as it is shown by default: enough to recognise one's own, too little to use another's. */

/** 张三 → 张*, 张小三 → 张*三; a name of one character is hidden whole. */
export function maskName(name: string): string {
  const characters = [...name];
  if (characters.length <= 1) return '*';
  const [first = ''] = characters;
  if (characters.length === 2) return `${first}*`;
  return `${first}${'*'.repeat(characters.length - 2)}${characters.at(-1) ?? ''}`;
}

/** 17300003227 → 173****3227, +14155550123 → +1 415***0123; of a short number fewer digits show. */
export function maskPhone(phone: string): string {
  if (!phone.startsWith('+')) return hideMiddle(phone, 3, 4);
  const [country, rest] = splitCountryCode(phone);
  const start = Math.max(0, Math.min(3, rest.length - 7));
  return `${country} ${hideMiddle(rest, start, Math.min(4, Math.max(0, rest.length - 3)))}`;
}

/** 11019919900101901X → 1101**********901X; shorter numbers keep a quarter at each end. */
export function maskDocument(number: string): string {
  const kept = Math.min(4, Math.floor(number.length / 4));
  return hideMiddle(number, kept, kept);
}

/** 京A12345 → 京A**345 */
export const maskPlate = (plate: string): string => hideMiddle(plate, 2, 3);

function hideMiddle(text: string, start: number, end: number): string {
  const characters = [...text];
  const hidden = characters.length - start - end;
  if (hidden <= 0) return '*'.repeat(characters.length);
  return characters.slice(0, start).join('') + '*'.repeat(hidden) + characters.slice(characters.length - end).join('');
}
