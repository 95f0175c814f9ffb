import { describe, expect, it, test } from 'vitest';
import { findAddressProblem, isMailAddress, maskAddress, normaliseAddress } from './mail-address.ts';

describe('an address', () => {
  it.each(['li@example.edu.cn', 'li.ming+visits@mail.example.edu.cn', "o'neil@example.org", `${'a'.repeat(64)}@b.cn`])(
    '%s is one',
    (address) => expect(findAddressProblem(address)).toBeUndefined(),
  );

  it.each([
    'li',
    '@example.edu',
    'li@',
    'li@example',
    'li@exa mple.edu',
    'li@-example.edu',
    'li@example.edu.',
    'li..ming@example.edu',
    `${'a'.repeat(65)}@b.cn`,
    `a@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.${'e'.repeat(63)}.cn`,
    '李@example.edu',
  ])('%s is none', (address) => expect(findAddressProblem(address)).toBe('malformed'));

  it.each([
    'li@example.edu,wang@example.edu',
    'li@example.edu;wang@example.edu',
    'li@example.edu wang@example.edu',
    'li@example.edu\nBcc: wang@example.edu',
    'li@example.edu\r\nRCPT TO:<wang@example.edu>',
    'li@example.edu\u0000',
    'li@example.edu\u2028wang@example.edu',
    '<li@example.edu>',
    'Li <li@example.edu>',
    '"li@example.edu"@example.edu',
    'li@example.edu@example.org',
    'li(comment)@example.edu',
    'li@[127.0.0.1]',
  ])('%j brings nobody else along', (address) => expect(findAddressProblem(address)).toBe('malformed'));

  it('has one case behind the @', () => {
    expect(normaliseAddress(' Li.Ming@Example.EDU.cn ')).toBe('Li.Ming@example.edu.cn');
    expect(normaliseAddress('ｌｉ＠example.edu')).toBe('li@example.edu');
  });

  test('is shown by its first letter', () => {
    expect(maskAddress('li.ming@example.edu.cn')).toBe('l***@example.edu.cn');
    expect(maskAddress('nothing')).toBe('n***');
  });
});

test('a name with a line break is no recipient', () => {
  const address = 'li@example.edu';
  expect(isMailAddress({ name: '李明', address })).toBe(true);
  expect(isMailAddress({ name: '李明\nBcc: wang@example.edu', address })).toBe(false);
  expect(isMailAddress({ name: '李明', address: 'li@example.edu, wang@example.edu' })).toBe(false);
});
