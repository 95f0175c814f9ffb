import { createHash } from 'node:crypto';

/** Something that must be nowhere in the clear: what a visitor typed, or a credential made for them. */
export interface Marker {
  what: string;
  /** Bytes for what is no text, like a token. */
  text: string | Uint8Array;
  /** 256 random bits: nobody tries them all, so that an unkeyed hash of them tells nothing. */
  random?: true;
}

/** Where a marker was looked for. */
export interface Source {
  where: string;
  bytes: Buffer;
}

export const textSource = (where: string, text: string): Source => ({ where, bytes: Buffer.from(text, 'utf8') });

/**
 * Every place in which a marker stands, as it is or in a form that anybody can turn back: escaped, in base64 or
 * hexadecimal, or hashed without a key where what people typed is few enough to try them all.
 *
 * @returns `what: where (form)`, one line a finding.
 */
export function findMarkers(sources: Iterable<Source>, markers: readonly Marker[]): string[] {
  const sought = indexed(markers.flatMap(formsOf));
  return [...sources].flatMap(({ where, bytes }) => findIn(bytes, sought).map((found) => found.replace('@', where)));
}

/** A marker in one way in which it can be written. */
interface Written {
  /** `what: @ (form)` */
  finding: string;
  bytes: Buffer;
  /** Six digits also occur inside longer numbers: they must stand alone. */
  alone: boolean;
}

/** By the first three bytes: hundreds of megabytes are gone through once, however many markers there are. */
interface Sought {
  /** The first two of them: small enough to stay at hand. */
  begins: Uint8Array;
  byBeginning: Map<number, Written[]>;
}

function indexed(all: Written[]): Sought {
  const sought: Sought = { begins: new Uint8Array(1 << 16), byBeginning: new Map() };
  for (const one of all) {
    const key = one.bytes.readUIntBE(0, 3);
    sought.begins[key >> 8] = 1;
    sought.byBeginning.set(key, [...(sought.byBeginning.get(key) ?? []), one]);
  }
  return sought;
}

function findIn(bytes: Buffer, { begins, byBeginning }: Sought): string[] {
  const found = new Set<string>();
  const last = bytes.length - 2;
  let two = bytes[0] ?? 0;
  for (let at = 1; at < last; at += 1) {
    two = ((two << 8) | (bytes[at] as number)) & 0xffff;
    if (begins[two] === 0) continue;
    const candidates = byBeginning.get((two << 8) | (bytes[at + 1] as number));
    for (const one of candidates ?? []) if (standsAt(bytes, at - 1, one)) found.add(one.finding);
  }
  return [...found];
}

function standsAt(bytes: Buffer, at: number, { bytes: wanted, alone }: Written): boolean {
  const end = at + wanted.length;
  if (end > bytes.length || bytes.compare(wanted, 0, wanted.length, at, end) !== 0) return false;
  const [before, after] = [bytes.toString('latin1', at - 1, at), bytes.toString('latin1', end, end + 1)];
  return !alone || (!/[0-9A-Za-z.]/.test(at > 0 ? before : '') && !/[0-9A-Za-z]/.test(after));
}

function formsOf({ what, text, random }: Marker): Written[] {
  const utf8 = Buffer.from(text as string);
  const forms: [string, string][] = [
    ['as it is', utf8.toString('latin1')],
    ...(typeof text === 'string' ? writtenForms(text) : []),
    ['in hexadecimal', utf8.toString('hex')],
    ...base64Forms(utf8).map((form): [string, string] => ['in base64', form]),
    ...(random ? [] : ['md5', 'sha1', 'sha256'].flatMap((name) => hashForms(name, utf8))),
  ];
  const different = new Map(forms.toReversed().map(([form, written]) => [written, form]));
  return [...different].map(([written, form]) => ({
    finding: `${what}: @ (${form})`,
    bytes: Buffer.from(written, 'latin1'),
    alone: /^[0-9]{1,8}$/.test(written),
  }));
}

const writtenForms = (text: string): [string, string][] => [
  ['in UTF-16', Buffer.from(text, 'utf16le').toString('latin1')],
  ['in a URL', encodeURIComponent(text)],
  ['in JSON', jsonEscaped(text)],
];

const jsonEscaped = (text: string) =>
  text.replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Base64 of a text depends on where in the whole it begins; short texts are left out, they would match by chance. */
function base64Forms(utf8: Buffer): string[] {
  if (utf8.length < 9) return [];
  return [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), utf8])
      .toString('base64')
      .replace(/=+$/, '');
    const certain = whole.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + utf8.length) * 8) / 6));
    return [certain, certain.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

function hashForms(name: string, utf8: Buffer): [string, string][] {
  const hash = createHash(name).update(utf8).digest();
  return [
    [`as ${name}`, hash.toString('latin1')],
    [`as ${name}`, hash.toString('hex')],
    [`as ${name}`, hash.toString('base64').replace(/=+$/, '')],
  ];
}
