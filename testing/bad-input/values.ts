import { randomUUID } from 'node:crypto';

/** What people, browsers and machines send where something else is meant, by the kind of field. */

const badClasses = [
  ...(['empty', 'too long', 'wrong alphabet', 'emoji', 'right-to-left marks', 'markup', 'SQL', 'NUL'] as const),
  ...(['sent twice', 'unknown id', 'somebody else’s id', 'no such date', 'past', 'far away', 'reversed'] as const),
  ...(['overlapping', 'duplicate'] as const),
  ...(['another format', 'broken', 'too large', 'too small', 'a bomb'] as const),
] as const;
export type BadClass = (typeof badClasses)[number];

/**
 * `text` takes emoji, markup and SQL as what they are: words. `list` is a select or a tick whose values we made;
 * `id` is hidden in the page, so that there is no field to stand an error at.
 */
export type FieldKind = 'name' | 'text' | 'formatted' | 'code' | 'password' | 'day' | 'moment' | 'list' | 'id' | 'file';

export interface FieldRule {
  kind: FieldKind;
  optional?: boolean;
  /** Code points; one more is too many. */
  max?: number;
  /** Id of the element that says what is wrong, without `-error`; else `field-<name>`. */
  at?: string;
  /** Not shown again after a refusal: secrets, and what a list does not offer. */
  forgets?: boolean;
  /** What is wrong with a file, since no field's kind says what is right. */
  files?: { class: BadClass; bytes: Buffer }[];
  /** An id that exists and is another person's. */
  foreign?: string;
  /** The only classes that can be tried without using up what the right form needs. */
  only?: BadClass[];
}

export type Sent = string | string[] | Buffer;

export interface BadValue {
  class: BadClass;
  sent: Sent;
  /** False: taken as the words they are. */
  refused: boolean;
}

const words = {
  'wrong alphabet': '№123 §',
  emoji: '🙂🎓',
  'right-to-left marks': '龘\u202e靐',
  markup: '"><b data-bad-input>',
  SQL: `'); DROP TABLE visitor;--`,
  NUL: 'a\0b',
} as const;
type Words = keyof typeof words;

const longest: Partial<Record<FieldKind, number>> = { name: 50 };
/** As the words they are, without the marks that nobody sees. */
const harmless: Partial<Record<FieldKind, Words[]>> = {
  name: ['right-to-left marks'],
  text: ['wrong alphabet', 'emoji', 'right-to-left marks', 'markup', 'SQL'],
};

/** Every class that a field of this kind can be hit with. */
export const badValuesFor = (rule: FieldRule): BadValue[] =>
  everyValue(rule).filter((bad) => rule.only?.includes(bad.class) ?? true);

function everyValue({ kind, optional, max = longest[kind] ?? 60, files = [], foreign }: FieldRule): BadValue[] {
  if (kind === 'file') return files.map(({ class: name, bytes }) => ({ class: name, sent: bytes, refused: true }));
  const long = '字'.repeat(max + 1);
  const refused = (name: BadClass, sent: string | string[]): BadValue => ({ class: name, sent, refused: true });
  const said = (Object.keys(words) as Words[]).map((name) => ({
    ...refused(name, words[name]),
    refused: !harmless[kind]?.includes(name),
  }));
  const empty = optional ? [] : [refused('empty', '')];
  // Each refused code counts as a try.
  if (kind === 'code') return [...empty, refused('wrong alphabet', '一二三四五六'), refused('markup', words.markup)];
  if (kind === 'password') return [...empty, refused('too long', long), refused('NUL', words.NUL)];
  if (kind === 'list' || kind === 'id') {
    const others = foreign === undefined ? [] : [refused('somebody else’s id', foreign)];
    return [...empty, ...said, refused('unknown id', randomUUID()), ...others, refused('sent twice', [long, long])];
  }
  const dates = kind === 'day' ? ['2026-02-30', '20260230'] : kind === 'moment' ? ['2026-02-30T10:00', '10:00'] : [];
  return [
    ...empty,
    ...dates.map((date) => refused('no such date', date)),
    ...said,
    refused('too long', long),
    refused('sent twice', [long, 'x']),
  ];
}
