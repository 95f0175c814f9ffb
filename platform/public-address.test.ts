import { describe, expect, test } from 'vitest';
import { allowedBy, isPublic } from './public-address.ts';

describe('which addresses are public', () => {
  test.each(['8.8.8.8', '223.5.5.5', '101.6.15.66', '2001:4860:4860::8888', '2402:f000:1:404::1'])('%s is', (address) =>
    expect(isPublic(address)).toBe(true),
  );

  test.each([
    ...['127.0.0.1', '0.0.0.0', '10.1.2.3', '172.31.255.255', '192.168.0.1', '169.254.169.254', '100.100.100.200'],
    ...['198.18.0.1', '224.0.0.1', '255.255.255.255', '192.0.2.1'],
    ...['::1', '::', '::ffff:8.8.8.8', '::ffff:127.0.0.1', 'fe80::1', 'fd00::1', 'ff02::1', '64:ff9b::a00:1'],
    ...['2002:a00:1::', '2001:db8::1', '2001::1', 'localhost', ''],
  ])('%s is not', (address) => expect(isPublic(address)).toBe(false));

  test('operators allow addresses and networks besides', () => {
    const allowed = allowedBy(['10.20.0.0/16', '127.0.0.1', 'fd00:1::/32']);
    expect(['10.20.3.4', '127.0.0.1', 'fd00:1::5', '8.8.8.8'].map(allowed)).toEqual([true, true, true, true]);
    expect(['10.21.0.1', '127.0.0.2', 'fd00:2::1'].map(allowed)).toEqual([false, false, false]);
  });
});
