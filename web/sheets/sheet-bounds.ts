import { inflateRawSync } from 'node:zlib';

/**
 * The size that a spreadsheet unpacks to, found by unpacking it once with a limit (PKWARE APPNOTE 4.3): what a bomb says of itself
 * counts for nothing. Only then does the reader see it, which trusts the headers and has no limit of its own.
 */

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const localHeader = 0x04034b50;
const [stored, deflated] = [0, 8];

/** A workbook of Office Open XML, and nothing the reader would take for another format or unpack a second time. */
const needed = '[content_types].xml';
const others = /(^|\/)(index\.zip|index\.xml(\.gz)?|objectdata\.xml|document\.iwa|manifest\.xml)$/;

export interface Bounds {
  /** Bytes, all files together. */
  mostUnpacked: number;
  mostFiles: number;
}

/** `large`: more than the bounds. `unreadable`: broken, split, encrypted, contradicting itself, or no workbook. */
export function unpackingProblem(bytes: Buffer, bounds: Bounds): 'large' | 'unreadable' | undefined {
  const files = filesOf(bytes);
  if (!files?.some(({ name }) => name === needed) || files.some(({ name }) => others.test(name))) return 'unreadable';
  if (files.length > bounds.mostFiles) return 'large';
  let left = bounds.mostUnpacked;
  for (const file of files) {
    const size = unpack(bytes, file, left);
    if (typeof size !== 'number') return size;
    left -= size;
  }
  return undefined;
}

interface File {
  name: string;
  /** Of its local header. */
  at: number;
  packed: number;
  unpacked: number;
}

function filesOf(bytes: Buffer): File[] | undefined {
  const end = findEnd(bytes);
  if (end === undefined) return undefined;
  const count = bytes.readUInt16LE(end + 10);
  let at = bytes.readUInt32LE(end + 16);
  if (count === 0xffff || at === 0xffffffff || bytes.readUInt16LE(end + 4) !== 0) return undefined;
  const files: File[] = [];
  for (let n = 0; n < count; n += 1) {
    if (at + 46 > end || bytes.readUInt32LE(at) !== directoryEntry) return undefined;
    const [nameLength, more] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)];
    files.push({
      name: bytes.toString('latin1', at + 46, at + 46 + nameLength).toLowerCase(),
      at: bytes.readUInt32LE(at + 42),
      packed: bytes.readUInt32LE(at + 20),
      unpacked: bytes.readUInt32LE(at + 24),
    });
    at += 46 + nameLength + more;
  }
  return files;
}

/** @returns what it takes, in bytes */
function unpack(bytes: Buffer, { at, packed, unpacked }: File, left: number): number | 'large' | 'unreadable' {
  if (at + 30 > bytes.length || bytes.readUInt32LE(at) !== localHeader) return 'unreadable';
  const [flags, method] = [bytes.readUInt16LE(at + 6), bytes.readUInt16LE(at + 8)];
  const [encrypted, sizesFollow] = [(flags & 0x2041) !== 0, (flags & 8) !== 0];
  const start = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
  const said = [bytes.readUInt32LE(at + 18), bytes.readUInt32LE(at + 22)];
  const agrees = sizesFollow ? said.every((size) => size === 0) : said[0] === packed && said[1] === unpacked;
  if (encrypted || !agrees || start + packed > bytes.length) return 'unreadable';
  if (unpacked > left) return 'large';
  if (method === stored) return packed === unpacked ? packed : 'unreadable';
  if (method !== deflated) return 'unreadable';
  try {
    // Up to the end of the data itself, as the reader does, and not to the end that the headers claim.
    const { length } = inflateRawSync(bytes.subarray(start), { maxOutputLength: Math.max(left, 1) });
    return length === unpacked ? length : 'unreadable';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : 'unreadable';
  }
}

function findEnd(bytes: Buffer): number | undefined {
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 0xffff); at -= 1) {
    if (bytes.readUInt32LE(at) === endOfDirectory) return at;
  }
  return undefined;
}
