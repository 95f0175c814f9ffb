import { expect, test } from 'vitest';
import { isUsername, normaliseUsername } from './username.ts';

test('a user name typed with capital, wide or surrounding signs is the same name', () => {
  expect(normaliseUsername(' Ｗang.Fang\n')).toBe('wang.fang');
});

test.each(['wang.fang', 'a1', '20080123', 'wang.fang@example.edu.cn', `a${'b'.repeat(63)}`])(
  '%s is a user name',
  (text) => expect(isUsername(text)).toBe(true),
);

test.each(['', 'a', '@a', 'Wang', '李明', 'a b', 'a\0', 'ab\n', `a${'b'.repeat(64)}`])('%j is none', (text) =>
  expect(isUsername(text)).toBe(false),
);
