import { expect, it } from 'vitest';
import { codeTyped } from './form-value.ts';

it('a code counts as it was meant: full-width digits and spaces are no other code', () => {
  expect(codeTyped({ code: ' １２3 456\t' })).toBe('123456');
  expect(codeTyped({ new_code: '12 34' }, 'new_code')).toBe('1234');
  expect(codeTyped({ code: ['123456', '654321'] })).toBe('123456');
  expect(codeTyped(undefined)).toBe('');
});
