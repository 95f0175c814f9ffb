import { expect, test } from 'vitest';
import { base32, newTotpSecret, totpCode, totpStepAt, totpStepOf, totpUri } from './totp.ts';

const secret = Buffer.from('12345678901234567890');

/** RFC 6238, appendix B, the last six digits of each. */
test.each([
  ['1970-01-01T00:00:59Z', '287082'],
  ['2005-03-18T01:58:29Z', '081804'],
  ['2005-03-18T01:58:31Z', '050471'],
  ['2009-02-13T23:31:30Z', '005924'],
  ['2033-05-18T03:33:20Z', '279037'],
  ['2603-10-11T11:33:20Z', '353130'],
])('at %s it is %s', (at, code) => {
  expect(totpCode(secret, totpStepAt(new Date(at)))).toBe(code);
});

test('a code counts one step before and after its own, and once', () => {
  const now = new Date('2026-12-02T08:00:00Z');
  const step = totpStepAt(now);
  const taken = (of: number, after?: number) => totpStepOf(secret, totpCode(secret, of), now, after);
  expect([-2, -1, 0, 1, 2].map((away) => taken(step + away))).toEqual([undefined, step - 1, step, step + 1, undefined]);
  expect(taken(step, step)).toBeUndefined();
  expect(taken(step - 1, step)).toBeUndefined();
  expect(taken(step + 1, step)).toBe(step + 1);
  expect(totpStepOf(secret, '12345', now)).toBeUndefined();
  expect(totpStepOf(secret, '１２３４５６', now)).toBeUndefined();
});

test('an app gets the secret by camera or by hand', () => {
  expect(base32(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
  expect(totpUri(secret, { issuer: '河北 大学', account: 'li.ming' })).toBe(
    `otpauth://totp/${encodeURIComponent('河北 大学')}:li.ming?secret=${base32(secret)}&issuer=${encodeURIComponent('河北 大学')}`,
  );
  expect(newTotpSecret()).toHaveLength(20);
});
