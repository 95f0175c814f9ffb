import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkDigit, checkDocument, type DocumentType, isChinesePassport, saysWhoHolds } from './identity-number.ts';
import { day } from './time.ts';

const now = Date.UTC(2026, 10, 23);
const problem = (text: string, type: DocumentType = 'resident_id', at = now) => {
  const result = checkDocument(type, text, at);
  return result.ok ? undefined : result.problem;
};

describe('what each kind of document looks like', () => {
  test.each<[DocumentType, string[]]>([
    ['resident_id', ['110199200001019010', '610199196512319030', '11019919900101904X']],
    ['hmt_residence', ['810000199003070015', '820000201506150027', '830000198808120031']],
    ['foreign_permanent', ['931999198501019014', '911999199002289029', '944999197811119037', 'CAN110012345678']],
    ['passport', ['E00000001', 'EA0000002', 'G00000003', 'X0000001', 'AB000002']],
    ['hm_permit', ['H00000001', 'M00000002', 'H0000000101']],
    ['taiwan_permit', ['00000001', '0000000101', '0000000101B']],
    ['other', ['无', '使馆证A0001', 'none', '1']],
  ])('%s', (type, numbers) => {
    for (const number of numbers) {
      expect(checkDocument(type, number.toLowerCase(), now)).toMatchObject({ ok: true, number: number.toUpperCase() });
    }
  });

  test.each<[DocumentType, string, string]>([
    ['resident_id', '  ', 'field.document_empty'],
    ['resident_id', '110199', 'field.document_format'],
    ['resident_id', '440199201402299026', 'field.document_date'],
    ['resident_id', withCheckDigit('16019920000101901'), 'field.document_province'],
    ['resident_id', withCheckDigit('11019918991231901'), 'field.document_date'],
    ['resident_id', '810000199003070015', 'field.document_not_resident'],
    ['resident_id', '931999198501019014', 'field.document_not_resident'],
    ['hmt_residence', '110199200001019010', 'field.document_residence'],
    ['hmt_residence', '810000199003070016', 'field.document_check'],
    ['foreign_permanent', '110199200001019010', 'field.document_foreign_permanent'],
    ['foreign_permanent', '911999199002289021', 'field.document_check'],
    ['foreign_permanent', withCheckDigit('99999919900228902'), 'field.document_province'],
    ['foreign_permanent', 'QQQ110012345678', 'field.document_nationality'],
    ['foreign_permanent', 'CAN11001234567', 'field.document_foreign_permanent'],
    ['passport', 'A123', 'field.passport_format'],
    ['passport', 'A'.repeat(16), 'field.passport_format'],
    ['passport', 'E0000/001', 'field.passport_format'],
    ['hm_permit', 'A00000001', 'field.document_hm_permit'],
    ['hm_permit', 'H000000011', 'field.document_hm_permit'],
    ['taiwan_permit', '000000001', 'field.document_taiwan_permit'],
    ['other', 'A'.repeat(31), 'field.document_other'],
    ['other', '<b>', 'field.document_other'],
    ['other', '🪪', 'field.document_other'],
  ])('%s %s: %s', (type, number, key) => expect(problem(number, type)).toBe(key));
});

describe('what a number says about its holder', () => {
  test('birth date and sex, where it has them', () => {
    const born = { birthDay: '2000-01-01', sex: 'male' };
    expect(checkDocument('resident_id', '110199200001019010', now)).toMatchObject(born);
    const hers = { birthDay: '1990-01-01', sex: 'female' };
    expect(checkDocument('resident_id', '11019919900101904X', now)).toMatchObject(hers);
    expect(checkDocument('hmt_residence', '810000199003070015', now)).toMatchObject({ birthDay: '1990-03-07' });
    expect(checkDocument('foreign_permanent', '931999198501019014', now)).toMatchObject({ birthDay: '1985-01-01' });
  });

  test('the nationality of a foreign permanent resident, by number or by letters', () => {
    const card = withCheckDigit('93184019850101901');
    expect(checkDocument('foreign_permanent', card, now)).toMatchObject({ nationality: 'USA' });
    expect(checkDocument('foreign_permanent', 'CAN110012345678', now)).toEqual({
      ok: true,
      number: 'CAN110012345678',
      nationality: 'CAN',
    });
  });

  test('a form asks only what the document does not say', () => {
    expect(saysWhoHolds('resident_id', '')).toBe(true);
    expect(saysWhoHolds('foreign_permanent', '')).toBe(true);
    expect(saysWhoHolds('foreign_permanent', 'can 1100')).toBe(false);
    expect(saysWhoHolds('passport', 'E00000001')).toBe(false);
  });

  test('nobody is born tomorrow', () => {
    const born = withCheckDigit('11019920261124901');
    expect(problem(born)).toBe('field.document_future');
    expect(problem(born, 'resident_id', now + day)).toBeUndefined();
  });
});

test('full-width, lower case and separators are forgiven', () => {
  expect(checkDocument('resident_id', ' １１０１９９-19900101 904x', now)).toMatchObject({
    ok: true,
    number: '11019919900101904X',
  });
});

describe('check digits', () => {
  const numbers: [DocumentType, string][] = [
    ['resident_id', '110199200001019010'],
    ['resident_id', '11019919900101904X'],
    ['hmt_residence', '830000198808120031'],
    ['foreign_permanent', '931999198501019014'],
  ];

  test('any changed character is found', () => {
    const position = fc.integer({ min: 0, max: 17 });
    fc.assert(
      fc.property(
        fc.constantFrom(...numbers),
        position,
        fc.constantFrom(...'0123456789X'),
        ([type, number], at, one) => {
          fc.pre(number[at] !== one);
          expect(checkDocument(type, number.slice(0, at) + one + number.slice(at + 1), now).ok).toBe(false);
        },
      ),
    );
  });

  test('two neighbours that changed places are found', () => {
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.integer({ min: 0, max: 16 }), ([type, number], at) => {
        const [a = '', b = ''] = [number[at], number[at + 1]];
        fc.pre(a !== b);
        expect(checkDocument(type, number.slice(0, at) + b + a + number.slice(at + 2), now).ok).toBe(false);
      }),
    );
  });

  test('every number that was put together right is accepted, and says its own date and sex', () => {
    const birth = fc.date({ min: new Date('1900-01-01'), max: new Date('2026-11-22'), noInvalidDate: true });
    fc.assert(
      fc.property(birth, fc.integer({ min: 0, max: 999 }), (date, sequence) => {
        const birthDay = date.toISOString().slice(0, 10);
        const number = withCheckDigit(`110199${birthDay.replaceAll('-', '')}${String(sequence).padStart(3, '0')}`);
        const sex = sequence % 2 === 1 ? 'male' : 'female';
        expect(checkDocument('resident_id', number, now)).toEqual({ ok: true, number, birthDay, sex });
      }),
    );
  });
});

test.each(['E00000001', 'EA0000002', 'G00000003'])('%s is a Chinese passport', (number) => {
  expect(isChinesePassport(number)).toBe(true);
});
test.each(['X0000001', 'AB000002', 'EI0000002'])('%s is a foreign one', (number) => {
  expect(isChinesePassport(number)).toBe(false);
});

function withCheckDigit(body: string): string {
  return body + checkDigit(body);
}
