import { expect, test } from 'vitest';
import { checkPhone } from './phone.ts';

test.each([
  ['13000000000', '13000000000'],
  ['159 0000 0001', '15900000001'],
  ['+86 159-0000-0001', '15900000001'],
  ['008615900000001', '15900000001'],
  ['１３００００００００0', '13000000000'],
])('%s is %s', (text, phone) => expect(checkPhone(text)).toEqual({ ok: true, phone }));

test.each(['12000000000', '1300000000', '130000000000', '+1 202 555 0100', 'phone'])(
  '%s is no mobile number',
  (text) => {
    expect(checkPhone(text)).toMatchObject({ ok: false, problem: 'field.phone_format' });
  },
);

test('nothing typed is named so', () => expect(checkPhone(' ')).toMatchObject({ problem: 'field.phone_empty' }));
