import { expect, test } from 'vitest';
import { checkPlate } from './plate.ts';

test.each(['京A12345', '沪B8K9X2', '粤Z1234港', '京AD12345', '粤BFA2345', '沪A12345D'])('%s is a plate', (plate) => {
  expect(checkPlate(plate)).toEqual({ ok: true, plate });
});

test.each(['京I12345', '京A1234', '京AD12', '京AD123456', 'A12345', '京A1234O'])('%s is none', (plate) => {
  expect(checkPlate(plate)).toMatchObject({ ok: false, problem: 'field.plate_format' });
});

test('separators, case and width are forgiven, and no plate is fine', () => {
  expect(checkPlate(' 京ａ·12 345 ')).toEqual({ ok: true, plate: '京A12345' });
  expect(checkPlate('  ')).toEqual({ ok: true, plate: '' });
});
