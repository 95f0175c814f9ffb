import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDigit, checkDocument, isChinesePassport } from './identity-number.ts';
import { day } from './time.ts';

const now = Date.UTC(2026, 10, 23);
const problem = (text: string, at = now) => {
  const result = checkDocument('resident_id', text, at);
  return result.ok ? undefined : result.problem;
};

describe('identity cards', () => {
  test.each([
    '110199200001019010',
    '610199196512319030',
    '11019919900101904X',
    // residence permits of Hong Kong, Macao and Taiwan residents
    '810000199003070015',
    '820000201506150027',
    '830000198808120031',
    // foreign permanent residents
    '931999198501019014',
    '911999199002289029',
    '944999197811119037',
  ])('%s is one', (number) => expect(checkDocument('resident_id', number, now)).toMatchObject({ ok: true, number }));

  test('a number says birth date and sex', () => {
    expect(checkDocument('resident_id', '110199200001019010', now)).toMatchObject({
      birthDay: '2000-01-01',
      sex: 'male',
    });
    expect(checkDocument('resident_id', '11019919900101904X', now)).toMatchObject({
      birthDay: '1990-01-01',
      sex: 'female',
    });
  });

  test('full-width, lower case and separators are forgiven', () => {
    expect(checkDocument('resident_id', ' １１０１９９-19900101 904x', now)).toMatchObject({
      ok: true,
      number: '11019919900101904X',
    });
  });

  test('each mistake is named', () => {
    expect(problem('  ')).toBe('field.document_empty');
    expect(problem('110199')).toBe('field.document_format');
    expect(problem('440199201402299026')).toBe('field.document_date');
    expect(problem(withCheckDigit('99019920000101901'))).toBe('field.document_province');
    expect(problem(withCheckDigit('16019920000101901'))).toBe('field.document_province');
    expect(problem(withCheckDigit('11019918991231901'))).toBe('field.document_date');
  });

  test('nobody is born tomorrow', () => {
    const born = withCheckDigit('11019920261124901');
    expect(problem(born)).toBe('field.document_future');
    expect(problem(born, now + day)).toBeUndefined();
  });

  test('any changed digit is found', () => {
    const position = fc.integer({ min: 0, max: 17 });
    const good = fc.constantFrom(
      '110199200001019010',
      '610199196512319030',
      '11019919900101904X',
      '931999198501019014',
    );
    fc.assert(
      fc.property(good, position, fc.constantFrom(...'0123456789X'), (number, at, character) => {
        fc.pre(number[at] !== character);
        expect(checkDocument('resident_id', number.slice(0, at) + character + number.slice(at + 1), now).ok).toBe(
          false,
        );
      }),
    );
  });
});

describe('passports', () => {
  test.each(['E00000001', 'EA0000002', 'G00000003'])('%s is a Chinese one', (number) => {
    expect(isChinesePassport(number)).toBe(true);
    expect(checkDocument('passport', number, now)).toEqual({ ok: true, number });
  });
  test.each(['X0000001', 'AB000002'])('%s is a foreign one', (number) => {
    expect(isChinesePassport(number)).toBe(false);
    expect(checkDocument('passport', number.toLowerCase(), now)).toEqual({ ok: true, number });
  });
  test.each(['A123', 'A'.repeat(16), 'E0000/001'])('%s is none', (number) => {
    expect(checkDocument('passport', number, now)).toMatchObject({ ok: false, problem: 'field.passport_format' });
  });
});

function withCheckDigit(body: string): string {
  return body + checkDigit(body);
}
