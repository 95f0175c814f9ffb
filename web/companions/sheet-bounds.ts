/**
 * How much a spreadsheet would unpack to, read from the directory at its end before anything is unpacked (PKWARE
 * APPNOTE 4.3.12): a bomb is refused by what it says of itself, and one that lies is not a spreadsheet we read.
 */

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;

export interface Unpacked {
  files: number;
  /** Bytes. */
  size: number;
}

/** Undefined: no zip file, or one that is broken, split, encrypted or larger than its format of old allows. */
export function unpackedSize(bytes: Buffer): Unpacked | undefined {
  const end = findEnd(bytes);
  if (end === undefined) return undefined;
  const files = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (files === 0xffff || at === 0xffffffff || bytes.readUInt16LE(end + 4) !== 0) return undefined;
  let size = 0;
  for (let n = 0; n < files; n += 1) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== directoryEntry) return undefined;
    const encrypted = (bytes.readUInt16LE(at + 8) & 1) === 1;
    const unpacked = bytes.readUInt32LE(at + 24);
    if (encrypted || unpacked === 0xffffffff) return undefined;
    size += unpacked;
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return { files, size };
}

function findEnd(bytes: Buffer): number | undefined {
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at -= 1) {
    if (bytes.readUInt32LE(at) === endOfDirectory) return at;
  }
  return undefined;
}
