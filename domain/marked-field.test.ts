import { expect, test } from 'vitest';
import { markableIn, readMarks } from './marked-field.ts';

test('fields stand in the order of the form, and only those that the channel asks', () => {
  const personal = markableIn('personal');
  expect(personal.indexOf('host')).toBe(personal.indexOf('department') + 1);
  expect(markableIn('official')).not.toContain('host');
  expect(markableIn('official')).toContain('note');
});

test('a mark that the form does not have any more is left out, and rows of earlier releases have none', () => {
  expect(readMarks('personal', ['window', 'a field of long ago', 'campus'])).toEqual(['campus', 'window']);
  expect(readMarks('official', ['host'])).toEqual([]);
  expect(readMarks('personal', null)).toEqual([]);
});
