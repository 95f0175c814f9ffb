import { expect, test } from 'vitest';
import { checkPlate, isHandCheckedPlate, keepPlates, replaceUsualPlate } from './plate.ts';

test.each(['京A12345', '沪B8K9X2', '粤Z1234港', '京AD12345', '粤BFA2345', '沪A12345D', '京AD1234'])(
  '%s is a plate',
  (plate) => {
    expect(checkPlate(plate)).toEqual({ ok: true, plate });
  },
);

test.each(['京I12345', '京A1234', '京AD12', '京AD123456', 'A12345', '京A1234O', '使224578'])('%s is none', (plate) => {
  expect(checkPlate(plate)).toMatchObject({ ok: false, problem: 'field.plate_format' });
});

test('separators, case and width are forgiven, and no plate is fine', () => {
  expect(checkPlate(' 京ａ·12 345 ')).toEqual({ ok: true, plate: '京A12345' });
  expect(checkPlate('  ')).toEqual({ ok: true, plate: '' });
});

test('a plate outside the rule is accepted where it was declared as special, within bounds', () => {
  expect(checkPlate('使 224·578', true)).toEqual({ ok: true, plate: '使224578' });
  expect(isHandCheckedPlate('使224578')).toBe(true);
  expect(isHandCheckedPlate('京A12345')).toBe(false);
  for (const text of ['A1', 'A'.repeat(13), '京A<b>12', '🚗🚗🚗']) {
    expect(checkPlate(text, true)).toMatchObject({ ok: false, problem: 'field.plate_special' });
  }
});

test('a profile keeps its plates: a visit adds one or none, the usual one is typed anew in its place', () => {
  expect(keepPlates([], '京A12345')).toEqual(['京A12345']);
  expect(keepPlates(['京A12345'], null)).toEqual(['京A12345']);
  expect(keepPlates(['京A12345'], '沪B8K9X2')).toEqual(['京A12345', '沪B8K9X2']);
  expect(keepPlates(['1', '2', '3', '4', '5'], '6')).toEqual(['1', '3', '4', '5', '6']);
  expect(replaceUsualPlate(['京A12345', '沪B8K9X2'], '粤Z1234港')).toEqual(['粤Z1234港', '沪B8K9X2']);
  expect(replaceUsualPlate(['京A12345', '沪B8K9X2'], '沪B8K9X2')).toEqual(['沪B8K9X2', '京A12345']);
  expect(replaceUsualPlate(['京A12345', '沪B8K9X2'], null)).toEqual(['沪B8K9X2']);
});
