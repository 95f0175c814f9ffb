import { expect, test } from 'vitest';
import { maskDocument, maskName, maskPhone, maskPlate } from './masking.ts';

test('names, phones, documents and plates are shown in part', () => {
  expect(maskName('张小三')).toBe('张*三');
  expect(maskName('李四')).toBe('李*');
  expect(maskName('李')).toBe('*');
  expect(maskName('𠮷田太郎')).toBe('𠮷**郎');
  expect(maskPhone('17300003227')).toBe('173****3227');
  expect(maskDocument('11019919900101901X')).toBe('1101**********901X');
  expect(maskDocument('E00000001')).toBe('E0*****01');
  expect(maskPlate('京A12345')).toBe('京A**345');
  expect(maskPlate('京AD12345')).toBe('京A***345');
});

test('a foreign number keeps its country code, and never shows all but a digit', () => {
  expect(maskPhone('+14155550123')).toBe('+1 415***0123');
  expect(maskPhone('+6581234567')).toBe('+65 8***4567');
  expect(maskPhone('+85251234567')).toBe('+852 5***4567');
  expect(maskPhone('+2901234')).toBe('+290 ***4');
});

test('a text too short to be masked in part is hidden as a whole', () => {
  expect(maskPhone('12')).toBe('**');
  expect(maskPlate('')).toBe('');
});
