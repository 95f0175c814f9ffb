import { describe, expect, test } from 'vitest';
import { readGateCode } from './gate-code.ts';
import { checkDocument } from './identity-number.ts';
import { checkPhone } from './phone.ts';
import { checkPlate } from './plate.ts';
import {
  findNameProblem,
  findTextProblem,
  foldName,
  normaliseIdentifier,
  normaliseLine,
  normaliseName,
  normaliseText,
  searchWord,
} from './text.ts';

test.each(['张三', '阿卜杜拉·买买提', "Anne-Marie O'Neill", 'José', '𠮷田太郎'])('%s is a name', (name) =>
  expect(findNameProblem(normaliseLine(name))).toBeUndefined(),
);

test.each([
  ['', 'field.name_empty'],
  ['张'.repeat(51), 'field.name_long'],
  ['张\u0000三', 'field.name_characters'],
  ['张\u202e三', 'field.name_characters'],
  ['张\u200b三', 'field.name_characters'],
  ['张3', 'field.name_characters'],
  ['<b>', 'field.name_characters'],
  ['=cmd', 'field.name_characters'],
])('%j is none: %s', (name, key) => expect(findNameProblem(name)).toBe(key));

test('a line is one line, half-width', () => expect(normaliseLine('  Ｌi \n 三 ')).toBe('Li 三'));

test('free text keeps its lines', () => {
  const text = normaliseText(' one\r\ntwo ');
  expect(text).toBe('one\ntwo');
  expect(findTextProblem(text, { max: 20, lines: true })).toBeUndefined();
  expect(findTextProblem(text, { max: 20 })).toBe('characters');
  expect(findTextProblem(text, { max: 3, lines: true })).toBe('long');
  expect(findTextProblem('', { max: 3 })).toBeUndefined();
});

/** What is copied along from contacts, chats, web pages and documents, and is not seen. */
const around = [
  ['\u202d', '\u202c'],
  ['\u202a', '\u200b'],
  ['\u2068', '\u2069'],
  ['\ufeff', '\u00ad'],
  ['\u3164', '\u2800'],
  ['\u200e\u061c', '\ufe0f\u034f'],
] as const;

describe.each(around)('what is not seen is no part of what was meant: %j … %j', (before, after) => {
  const paste = (text: string) => `${before}${text.slice(0, 2)}${after}${text.slice(2)}${after}`;
  const now = Date.parse('2026-01-01');
  test('a phone', () => expect(checkPhone(paste('13000000000'))).toEqual({ ok: true, phone: '13000000000' }));
  test('a document', () =>
    expect(checkDocument('resident_id', paste('11019919900101904X'), now)).toMatchObject({
      ok: true,
      number: '11019919900101904X',
    }));
  test('a plate', () => expect(checkPlate(paste('京A12345'))).toEqual({ ok: true, plate: '京A12345' }));
  test('a gate code', () => expect(readGateCode(paste('ABCDEFG8'))).toBe(readGateCode('ABCDEFG8')));
  test('a name', () => {
    // A selector after a letter is that letter's; two names are still the same.
    expect(findNameProblem(normaliseName(paste('张三丰')))).toBeUndefined();
    expect(foldName(paste('张三丰'))).toBe('张三丰');
  });
  test('a word that is looked for', () => expect(searchWord(paste('教务处'))).toBe('教务处'));
  test('nothing else: it is empty', () => {
    expect(findNameProblem(normaliseName(before + after))).toBe('field.name_empty');
    expect(normaliseText(before + after)).toBe('');
    expect(normaliseIdentifier(before + after)).toBe('');
  });
});

test.each([
  'tel:13000000000',
  '\u2068+86 130 0000 0000\u2069',
  '手机：130-0000-0000',
  "'13000000000",
  '１３００００００００0',
])('a phone as it is copied: %s', (text) => expect(checkPhone(text)).toEqual({ ok: true, phone: '13000000000' }));

test.each(['11019919900101904×', '11019919900101904Х', '１１０１９９１９９００１０１９０４ｘ'])(
  'a cross for the X: %s',
  (text) => expect(normaliseIdentifier(text)).toBe('11019919900101904X'),
);

test.each([...'·•‧・･∙⋅．.'])('the middle dot %s is one', (dot) => {
  const name = normaliseName(`古丽米热${dot}艾比布力`);
  expect(name).toBe('古丽米热·艾比布力');
  expect(findNameProblem(name)).toBeUndefined();
  expect(foldName(`古丽米热${dot}艾比布力`)).toBe('古丽米热艾比布力');
});

test.each([...`'‘’\`´ʼ＇`])('the apostrophe %s is one', (mark) => {
  expect(normaliseName(`O${mark}Brien`)).toBe('O’Brien');
  expect(findNameProblem(normaliseName(`O${mark}Brien`))).toBeUndefined();
  expect(foldName(`O${mark}Brien`)).toBe(foldName("o'brien"));
});

test.each([...'-‐‑–−－'])('the hyphen %s is one', (mark) => {
  expect(normaliseName(`Jean${mark}Luc`)).toBe('Jean-Luc');
  expect(foldName(`Jean${mark}Luc`)).toBe(foldName('Jean Luc'));
});

test('a full stop after an initial stays', () => expect(normaliseName('J. R. Smith')).toBe('J. R. Smith'));

test.each([
  ['张〇', '张〇'],
  ['何○◯', '何〇〇'],
  ['佐々木', '佐々木'],
  ['〇木', '〇木'],
  // A joiner that a word of this script is written with.
  ['علی\u200cرضا', 'علی\u200cرضا'],
  // A letter's own shape.
  ['葛\u{e0100}城', '葛\u{e0100}城'],
])('%s is a name', (typed, kept) => {
  expect(normaliseName(typed)).toBe(kept);
  expect(findNameProblem(kept)).toBeUndefined();
});

test('a joiner and a shape make no other person', () => {
  expect(foldName('علی\u200cرضا')).toBe(foldName('علیرضا'));
  expect(foldName('葛\u{e0100}城')).toBe('葛城');
});

test('private use of GBK is the character that it was', () => {
  expect(normaliseName('张\ue863')).toBe('张䶮');
  expect(foldName('张\ue863')).toBe(foldName('张䶮'));
  const gbk = new TextDecoder('gb18030');
  const trails = Array.from({ length: 0x51 }, (_, n) => 0x50 + n).filter((trail) => trail !== 0x7f);
  for (const [at, trail] of trails.entries()) {
    const standard = gbk.decode(Uint8Array.of(0xfe, trail));
    const ours = normaliseLine(String.fromCharCode(0xe815 + at));
    // Where the decoder of this machine is of an older edition, it gives the private character itself.
    expect([ours, '']).toContain(standard.replace(/\p{Co}/u, ''));
    expect(ours).toMatch(/^[^\p{Co}]$/u);
  }
  expect(findNameProblem(normaliseName('张\uf123'))).toBe('field.name_private');
});

test('an emoji of several parts and tabs of a sheet stay readable', () => {
  const text = normaliseText('\u202d👨\u200d👩\u200d👧\u200b\ta\u000bb ❤\ufe0f');
  expect(text).toBe('👨\u200d👩\u200d👧 a\nb ❤\ufe0f');
  expect(findTextProblem(text, { max: 200, lines: true })).toBeUndefined();
});
