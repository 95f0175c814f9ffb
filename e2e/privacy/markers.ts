import { createHash } from 'node:crypto';

/** Something that must be nowhere in the clear: what a visitor typed, or a credential made for them. */
export interface Marker {
  what: string;
  /** Bytes for what is no text, like a token. */
  text: string | Uint8Array;
}

/** Where a marker was looked for. */
export interface Place {
  where: string;
  bytes: Buffer;
}

export const textPlace = (where: string, text: string): Place => ({ where, bytes: Buffer.from(text, 'utf8') });

/**
 * Every place in which a marker stands, as it is or in a form that anybody can turn back: escaped, in base64 or
 * hexadecimal, or hashed without a key (the numbers are few enough to try them all).
 *
 * @returns `what: where (form)`, one line a finding.
 */
export function findMarkers(places: Iterable<Place>, markers: readonly Marker[]): string[] {
  const sought = markers.flatMap(({ what, text }) =>
    formsOf(text).map(({ form, pattern }) => ({ what, form, pattern })),
  );
  const found: string[] = [];
  for (const { where, bytes } of places) {
    const content = bytes.toString('latin1');
    for (const { what, form, pattern } of sought) {
      if (pattern.test(content)) found.push(`${what}: ${where} (${form})`);
    }
  }
  return found;
}

function formsOf(text: string | Uint8Array): { form: string; pattern: RegExp }[] {
  const utf8 = Buffer.from(text as string);
  const forms: [string, string][] = [
    ['as it is', utf8.toString('latin1')],
    ...(typeof text === 'string' ? writtenForms(text) : []),
    ['in hexadecimal', utf8.toString('hex')],
    ...base64Forms(utf8).map((form): [string, string] => ['in base64', form]),
    ...['md5', 'sha1', 'sha256'].flatMap((name) => hashForms(name, utf8)),
  ];
  const different = new Map(forms.toReversed().map(([form, written]) => [written, form]));
  return [...different].map(([written, form]) => ({ form, pattern: patternOf(written) }));
}

const writtenForms = (text: string): [string, string][] => [
  ['in UTF-16', Buffer.from(text, 'utf16le').toString('latin1')],
  ['in a URL', encodeURIComponent(text)],
  ['in JSON', jsonEscaped(text)],
];

/** Digits must stand alone: six of them also occur inside longer numbers. */
function patternOf(written: string): RegExp {
  const escaped = written.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
  return /^[0-9]{1,8}$/.test(written) ? new RegExp(`(?<![0-9A-Za-z.])${escaped}(?![0-9A-Za-z])`) : new RegExp(escaped);
}

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
