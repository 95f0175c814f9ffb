import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Codes of an authenticator's app: RFC 6238 with SHA-1, six digits and steps of 30 seconds, which is what every app draws. */

const stepSeconds = 30;
const digits = 6;

/** As apps take it. 160 bits, the length of the hash (RFC 4226, section 4). */
export const newTotpSecret = (): Buffer => randomBytes(20);

/** The step in which a moment lies. */
export const totpStepAt = (now: Date): number => Math.floor(now.getTime() / 1000 / stepSeconds);

/** @returns six digits */
export function totpCode(secret: Buffer, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const hash = createHmac('sha1', secret).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 10 ** digits).padStart(digits, '0');
}

/**
 * The step whose code this is: the present one, or its neighbours, since clocks differ.
 * @param after the step of the last code that was taken: it and all before it count no more
 */
export function totpStepOf(secret: Buffer, code: string, now: Date, after = -1): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const present = totpStepAt(now);
  // All three are compared, whichever fits.
  const fitting = [present - 1, present, present + 1].filter((step) =>
    timingSafeEqual(Buffer.from(totpCode(secret, step)), Buffer.from(code)),
  );
  return fitting.find((step) => step > after);
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** RFC 4648 without padding, as apps take it where no camera is. */
export function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** What the app's camera reads. @param of whose it is, as the app's list shows it */
export function totpUri(secret: Buffer, of: { issuer: string; account: string }): string {
  const label = `${encodeURIComponent(of.issuer)}:${encodeURIComponent(of.account)}`;
  return `otpauth://totp/${label}?secret=${base32(secret)}&issuer=${encodeURIComponent(of.issuer)}`;
}
