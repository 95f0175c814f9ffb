import { type CellObject, read as parse, utils, write } from '@e965/xlsx';
import { describe, expect, test } from 'vitest';
import { translator } from '../../platform/i18n.ts';
import { readSheet as read } from '../sheets/sheet.ts';
import { documentTypeOf, shape, withoutExamples, writeSheet } from './sheet.ts';

const readSheet = (bytes: Buffer) => read(bytes, shape);

/** A workbook of sheets, with cells by address as only a spreadsheet writes them. */
function book(...sheets: { lines: unknown[][]; cells?: Record<string, CellObject>; origin?: string }[]): Buffer {
  const made = utils.book_new();
  for (const [n, { lines, cells, origin = 'A1' }] of sheets.entries()) {
    const sheet = utils.sheet_add_aoa(utils.aoa_to_sheet([]), lines, { origin });
    utils.book_append_sheet(made, Object.assign(sheet, cells), `s${n}`);
  }
  return write(made, { type: 'buffer', bookType: 'xlsx' });
}
const headings = ['姓名', '手机号', '证件类型', '证件号'];
const person = ['张一一', '', '身份证', '110199199001011013'];

describe('a list as departments have it', () => {
  test('a title, 序号, another order, other words, notes below', () => {
    const lines = [
      ['XX学院来访人员名单', '', '', '', '', ''],
      ['序号', '姓名', '性别', '身份证号', '联系电话 ', '车牌号'],
      [1, '张一一', '男', '110199199001011013', 13000000021, '京A12345'],
      [2, '张一二', '女', '110199199001011021', '13000000022', ''],
      [3, '', '', '', '', ''],
      [],
      ['填表人：', '', '', '', '', ''],
      ['', '共2人'],
      ['', '备注：如有变动另行通知。'],
    ];
    expect(readSheet(book({ lines }))).toEqual({
      ok: true,
      wrong: [],
      rows: [
        expect.objectContaining({
          row: 3,
          name: '张一一',
          sex: '男',
          document_number: '110199199001011013',
          phone: '13000000021',
        }),
        expect.objectContaining({ row: 4, name: '张一二', phone: '13000000022', document_type: '' }),
      ],
    });
  });

  test('a list that begins in another column and not in the first row', () => {
    const list = book({ lines: [headings, person], origin: 'C4' });
    expect(readSheet(list)).toMatchObject({ ok: true, rows: [{ row: 5, name: '张一一' }] });
  });

  test('a cover before it, and cells that are only formatted', () => {
    const empty = Array.from({ length: 30 }, () => ['', ' ', '', '']);
    const list = { lines: [headings, person, ...empty], cells: { AZ9: { t: 's', v: '' } as const } };
    const found = readSheet(book({ lines: [['说明']] }, list));
    expect(found).toMatchObject({ ok: true, rows: [{ row: 2, name: '张一一' }] });
    expect(found.ok && found.rows).toHaveLength(1);
  });

  test('a name alone is a row, and is refused as one rather than left out', () => {
    const found = readSheet(book({ lines: [headings, person, ['李四'], ['', '', '', '110199199001011021']] }));
    expect(found.ok && found.rows.map(({ row }) => row)).toEqual([2, 3, 4]);
  });

  test('without headings nobody vanishes: it is one sentence', () => {
    expect(readSheet(book({ lines: [person, person] }))).toEqual({ ok: false, problem: 'field.sheet_headings' });
  });

  test('people on two sheets are one sentence too', () => {
    const list = { lines: [headings, person] };
    expect(readSheet(book(list, list))).toEqual({ ok: false, problem: 'field.sheet_several' });
  });

  test.each(['zh-CN', 'en'] as const)(
    'our template in %s takes digits as text, and its example is nobody',
    (language) => {
      const t = translator(language);
      const template = writeSheet(t, [[t('group.example_name'), '', '身份证', '1']], { headings: [], notes: ['a'] });
      const found = readSheet(template);
      expect(found.ok && [found.rows.length, withoutExamples(found.rows).length]).toEqual([1, 0]);
      const { SheetNames, Sheets } = parse(template, { cellNF: true });
      const sheet = Sheets[SheetNames[0] ?? ''];
      expect(['D2', 'D3', 'B501'].map((at) => sheet?.[at]?.z)).toEqual(['@', '@', '@']);
    },
  );
});

test.each(['0', 'General', '#,##0', '0.00E+00'])('digits that a spreadsheet lost are named, shown as %s', (z) => {
  // Region, date and check digit of what is left are all right.
  const lines = [headings, ['张一一', '', '身份证', '']];
  const found = readSheet(book({ lines, cells: { D2: { t: 'n', v: 110199198501016000, z } } }));
  expect(found).toMatchObject({
    ok: true,
    wrong: [{ row: 2, column: 'document_number', problem: 'field.sheet_number' }],
  });
});

test('a text file does not hide them either', () => {
  expect(readSheet(Buffer.from('姓名,证件号\n张三,1.10199E+17'))).toMatchObject({
    ok: true,
    wrong: [{ row: 2, column: 'document_number', problem: 'field.sheet_number' }],
  });
});

test('an error of the spreadsheet is named wherever it stands', () => {
  const lines = [
    [...headings, '单位'],
    [...person, ''],
  ];
  const found = readSheet(book({ lines, cells: { E2: { t: 'e', v: 42 }, B2: { t: 'e', v: 23 } } }));
  expect(found.ok && found.wrong).toEqual(
    ['phone', 'unit'].map((column) => ({ row: 2, column, problem: 'field.sheet_error_cell' })),
  );
});

describe('a day is a day', () => {
  const dayIn = (v: number, z: string, date1904 = false) => {
    const made = utils.book_new();
    const sheet = utils.aoa_to_sheet([
      ['姓名', '证件号', '出生日期', '单位'],
      ['张三', 'x', '', 'x'],
    ]);
    utils.book_append_sheet(made, Object.assign(sheet, { C2: { t: 'n', v, z } }), 's');
    made.Workbook = { WBProps: { date1904 } };
    const found = readSheet(write(made, { type: 'buffer', bookType: 'xlsx' }));
    return found.ok && found.rows[0]?.birth_day;
  };
  test.each(['General', '0', 'd-mmm-yy', 'mmmm d, yyyy', 'd/m/yyyy', 'yyyy"年"m"月"d"日"'])('shown as %s', (format) =>
    expect(dayIn(32_939, format)).toBe('1990-03-07'),
  );
  test('with a time', () => expect(dayIn(32_939.5, 'yyyy-mm-dd hh:mm')).toBe('1990-03-07'));
  test('as digits', () => expect(dayIn(19_900_307, '0')).toBe('19900307'));
});

test.each([
  ['身份证', 'resident_id'],
  ['居民身份证', 'resident_id'],
  ['二代身份证', 'resident_id'],
  [' 身份证\u200b', 'resident_id'],
  ['护照', 'passport'],
  ['Passport', 'passport'],
  ['台胞证', 'taiwan_permit'],
  ['回乡证', 'hm_permit'],
  ['学生证', ''],
])('%j is the document %j', (text, type) => expect(documentTypeOf(text, 'x')).toBe(type));

test('without a column of kinds the number says it', () => {
  expect(documentTypeOf('', '110199199001011013')).toBe('resident_id');
  expect(documentTypeOf('', '810000199001011013')).toBe('hmt_residence');
  expect(documentTypeOf('', 'X1234567')).toBe('');
});
