/** Base45 (RFC 9285): bytes in the alphanumeric mode of a QR code. */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

export function encodeBase45(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 2) {
    const first = bytes[index] ?? 0;
    const second = bytes[index + 1];
    const value = second === undefined ? first : first * 256 + second;
    text += alphabet.charAt(value % 45) + alphabet.charAt(Math.floor(value / 45) % 45);
    if (second !== undefined) text += alphabet.charAt(Math.floor(value / 2025));
  }
  return text;
}

/** The bytes; undefined when the text is not base45 or names a number too large. */
export function decodeBase45(text: string): Uint8Array | undefined {
  const rest = text.length % 3;
  if (rest === 1) return undefined;
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (rest === 2 ? 1 : 0));
  for (let index = 0, at = 0; index < text.length; index += 3, at += 2) {
    const group = [...text.slice(index, index + 3)].map((character) => alphabet.indexOf(character));
    if (group.includes(-1)) return undefined;
    const [low = 0, middle = 0, high = 0] = group;
    const value = low + middle * 45 + high * 2025;
    if (value > (group.length === 3 ? 0xffff : 0xff)) return undefined;
    if (group.length === 3) bytes[at] = value >> 8;
    bytes[group.length === 3 ? at + 1 : at] = value & 0xff;
  }
  return bytes;
}
