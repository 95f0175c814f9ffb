import { expect, test } from 'vitest';
import { findNameProblem, findTextProblem, normaliseLine, normaliseText } from './text.ts';

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
