import { expect, test } from 'vitest';
import { optionsOf } from './attributes.ts';

test('the chosen option of a list is selected, time after time, and every text is escaped', () => {
  const options = [
    { value: 'a', label: '<A>' },
    { value: 'b"', label: '乙' },
  ];
  const lines = (chosen?: string) => optionsOf(options, chosen).trim().split(/\n\s*/);
  const [a, b] = ['<option value="a">&lt;A&gt;</option>', '<option value="b&#34;">乙</option>'];
  expect(lines()).toEqual([a, b]);
  expect(lines('b"')).toEqual([a, '<option value="b&#34;" selected>乙</option>']);
  expect(lines('a')).toEqual(['<option value="a" selected>&lt;A&gt;</option>', b]);
  expect(lines('c')).toEqual([a, b]);
});

test('words that are their own value are said once', () => {
  expect(optionsOf([{ value: '德国', label: '德国', once: true }], '德国')).toContain('<option selected>德国</option>');
});
