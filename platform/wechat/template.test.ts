import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isAllowed } from '../../sandbox/wechat/field.ts';
import { fitField } from './template.ts';

it('any text fits its field afterwards, as the other side counts', () => {
  const kinds = ['thing1', 'phrase2', 'name3', 'phone_number4', 'car_number5', 'number6'];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.string({ unit: 'grapheme', maxLength: 60 }), (key, text) => {
      if (key === 'phone_number4' && /[\u3400-\u9fff\u{20000}-\u{323af}]/u.test(text)) return;
      expect(isAllowed(key, fitField(key, text)), JSON.stringify(fitField(key, text))).toBe(true);
    }),
  );
});

it('cuts by code point, so that no character is broken', () => {
  expect(fitField('thing1', '𠮷'.repeat(30))).toBe(`${'𠮷'.repeat(19)}…`);
  expect(fitField('thing1', '𠮷'.repeat(20))).toBe('𠮷'.repeat(20));
  expect(fitField('phrase1', 'OK 已通过审批了 ')).toBe('已通过审批');
  expect(fitField('thing1', '  ')).toBe('无');
  expect(fitField('character_string1', '')).toBe('-');
  expect(['.', '1,234.50 元', '..5', ''].map((text) => fitField('number1', text))).toEqual(['0', '1234.50', '5', '0']);
  expect(fitField('name1', 'Maximilian Alexander Smith')).toBe('Maximilian Alexander');
});
