import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { codeTyped } from './form-value.ts';

it('a code counts as it was meant: full-width digits and spaces are no other code', () => {
  expect(codeTyped({ code: ' １２3 456\t' })).toBe('123456');
  expect(codeTyped({ new_code: '12 34' }, 'new_code')).toBe('1234');
  expect(codeTyped({ code: ['123456', '654321'] })).toBe('123456');
  expect(codeTyped(undefined)).toBe('');
});

it('no field of a code cuts a pasted text message', () => {
  const lines = globSync('**/*.ejs', { cwd: import.meta.dirname })
    .flatMap((file) => readFileSync(`${import.meta.dirname}/${file}`, 'utf8').split('\n'))
    .filter((line) => /one-time-code/.test(line));
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => !/codeFieldLength/.test(line))).toEqual([]);
});
