import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gateCodeBytes, makeGateCode, readGateCode, showGateCode } from './gate-code.ts';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const code = fc.uint8Array({ minLength: gateCodeBytes, maxLength: gateCodeBytes }).map(makeGateCode);

test('a code has eight characters and reads as itself, however it is typed', () => {
  fc.assert(
    fc.property(code, (made) => {
      expect(made).toMatch(/^[0-9A-HJKMNP-TV-Z]{8}$/);
      for (const typed of [made, made.toLowerCase(), showGateCode(made), ` ${made} `, fullWidth(made), confuse(made)]) {
        expect(readGateCode(typed)).toBe(made);
      }
    }),
  );
});

test('any one changed character is found', () => {
  fc.assert(
    fc.property(code, fc.nat(7), fc.constantFrom(...alphabet), (made, at, character) => {
      fc.pre(made[at] !== character);
      expect(readGateCode(made.slice(0, at) + character + made.slice(at + 1))).toBeUndefined();
    }),
  );
});

test('any two swapped characters are found', () => {
  fc.assert(
    fc.property(code, fc.nat(7), fc.nat(7), (made, one, other) => {
      fc.pre(made[one] !== made[other]);
      const characters = [...made];
      [characters[one], characters[other]] = [made[other] ?? '', made[one] ?? ''];
      expect(readGateCode(characters.join(''))).toBeUndefined();
    }),
  );
});

test.each(['', '1234567', '123456789', 'ABCDEFGU', '张三'])('%j is no code', (text) => {
  expect(readGateCode(text)).toBeUndefined();
});

const confuse = (made: string) => made.replaceAll('0', 'o').replaceAll('1', 'l');
const fullWidth = (made: string) =>
  [...made].map((character) => String.fromCodePoint((character.codePointAt(0) ?? 0) + 0xfee0)).join('');
