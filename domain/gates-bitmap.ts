/** Which gates of its campus a pass opens: bit n stands for gate number n (0–63). */

export const gatesBitmap = (numbers: Iterable<number>): bigint => {
  let bitmap = 0n;
  for (const number of numbers) {
    if (!Number.isInteger(number) || number < 0 || number > 63) throw new RangeError(`No such gate number: ${number}`);
    bitmap |= 1n << BigInt(number);
  }
  return bitmap;
};

export const includesGate = (bitmap: bigint, number: number): boolean => ((bitmap >> BigInt(number)) & 1n) === 1n;

/** As PostgreSQL's bit(64) reads and writes it: 64 binary digits, gate 63 first. */
export const gatesToBits = (bitmap: bigint): string => bitmap.toString(2).padStart(64, '0');
export const gatesFromBits = (bits: string): bigint => BigInt(`0b${bits}`);
