import { expect, test } from 'vitest';
import { findPasswordProblem } from './password-rules.ts';

const own = ['li.ming', '李明'];

test.each([
  ['correct horse battery', undefined],
  ['校园 里 的 银杏 树 很 高大', undefined],
  ['my friend li.ming sails', undefined],
  ['', 'empty'],
  ['eleven char', 'short'],
  ['校园的银杏树', 'short'],
  ['x7'.repeat(65), 'long'],
  ['twelve chars\0', 'characters'],
  ['li.ming2026!', 'own_name'],
  ['LI.MING-LI.MING', 'own_name'],
  ['李明李明李明李明李明李明', 'own_name'],
  ['password2026!', 'common'],
  ['Administrator', 'common'],
  ['123456789012', 'common'],
  ['qwertyuiopas', 'common'],
  ['lkjhgfdsapoi', 'common'],
  ['aaaaaaaaaaaa', 'common'],
  ['abcabcabcabc', 'common'],
  // Full-width signs are the same signs.
  ['ｐａｓｓｗｏｒｄ２０２６', 'common'],
])('%j: %s', (password, problem) => {
  expect(findPasswordProblem(password, own)).toBe(problem);
});
