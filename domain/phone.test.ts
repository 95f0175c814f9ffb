import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPhone, toE164 } from './phone.ts';

test.each([
  ['13000000000', '13000000000'],
  ['159 0000 0001', '15900000001'],
  ['+86 159-0000-0001', '15900000001'],
  ['008615900000001', '15900000001'],
  ['１３００００００００0', '13000000000'],
])('%s is %s', (text, phone) => expect(checkPhone(text)).toEqual({ ok: true, phone }));

test.each(['12000000000', '1300000000', '130000000000', 'phone', '2025550100'])('%s is no mobile number', (text) => {
  expect(checkPhone(text)).toMatchObject({ ok: false, problem: 'field.phone_format' });
});

test.each([
  ['+1 (415) 555-0123', '+14155550123'],
  ['001 415 555 0123', '+14155550123'],
  ['+852 5123 4567', '+85251234567'],
  ['＋44 7700 900123', '+447700900123'],
])('%s is %s, of another country', (text, phone) => expect(checkPhone(text)).toEqual({ ok: true, phone }));

test.each(['+86 10 62345678', '+1 415 555', '+0123456789', '+12', '+1234567890123456'])(
  '%s is nobody’s in another country',
  (text) => expect(checkPhone(text)).toMatchObject({ ok: false, problem: 'field.phone_foreign' }),
);

test('a kept number stays the same when it is read again, and providers get E.164', () => {
  const mainland = fc.stringMatching(/^1[3-9]\d{9}$/);
  const foreign = fc.stringMatching(/^\+(?:44|65|852|971)\d{7,9}$/);
  fc.assert(
    fc.property(fc.oneof(mainland, foreign), (phone) => {
      expect(checkPhone(phone)).toEqual({ ok: true, phone });
      expect(toE164(phone)).toMatch(/^\+\d{9,13}$/);
      expect(checkPhone(toE164(phone))).toEqual({ ok: true, phone });
    }),
  );
});

test('nothing typed is named so', () => expect(checkPhone(' ')).toMatchObject({ problem: 'field.phone_empty' }));
