import { expect, test } from 'vitest';
import { ownPath } from './own-path.ts';

test.each(['/', '/passes', '/reservations/new?channel=personal', '/a/../b', '/register?return=%2Fpasses'])(
  '%s is our own',
  (path) => {
    const { pathname, search } = new URL(path, 'http://own.invalid');
    expect(ownPath(path, '/otherwise')).toBe(pathname + search);
  },
);

test.each([
  'https://evil.example/',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/.//evil.example',
  '/./\\evil.example',
  '/a/..//evil.example',
  '/%2e//evil.example',
  '/%2E%2e//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  'javascript:alert(1)',
  'passes',
  '',
  '//[',
  undefined,
  ['/passes', '/passes'],
])('%j leads away and is not followed', (value) => {
  expect(ownPath(value, '/otherwise')).toBe('/otherwise');
});
