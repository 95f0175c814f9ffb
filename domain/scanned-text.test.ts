import { describe, expect, test } from 'vitest';
import { toQrText } from './pass-token.ts';
import { looksDamaged, readingsOf } from './scanned-text.ts';

const pass = toQrText(Uint8Array.from({ length: 182 }, (_, index) => (index * 7) % 256));

describe('what a scanner typed', () => {
  test('keeps its spaces and loses its line end', () => {
    expect(readingsOf('XM1: A \r\n')[0]).toBe('XM1: A ');
  });

  test.each([
    ['cut short', pass.slice(0, 200)],
    ['without one of two equal neighbours', pass.replace(/(.)\1/, '$1')],
    ['without its beginning', pass.slice(20)],
    ['in small letters', pass.slice(0, 150).toLowerCase()],
  ])('is known as a damaged pass: %s', (_name, text) => {
    expect(looksDamaged(text)).toBe(true);
  });

  test.each([
    '',
    'ABCD-EFG8',
    '京A12345',
    'https://example.invalid/registrations/0123456789012345678901234567890123456789',
    '张'.repeat(80),
  ])('is something else: %s', (text) => {
    expect(looksDamaged(text)).toBe(false);
  });
});
