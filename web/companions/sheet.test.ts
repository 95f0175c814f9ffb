import { deflateRawSync } from 'node:zlib';
import { utils, write } from '@e965/xlsx';
import { describe, expect, test } from 'vitest';
import { spreadsheetText } from '../../domain/spreadsheet-text.ts';
import { translator } from '../../platform/i18n.ts';
import { readSheet as read } from '../sheets/sheet.ts';
import { readSheetApart } from '../sheets/sheet-apart.ts';
import { birthDayOf, columns, shape, writeSheet } from './sheet.ts';

const readSheet = (bytes: Buffer) => read(bytes, shape);

const t = translator('zh-CN');
const file = (lines: unknown[][]): Buffer => {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(lines), 'a');
  return write(book, { type: 'buffer', bookType: 'xlsx' });
};

const headings = columns.map((name) => t(`group.column.${name}`));

test('a sheet that we wrote reads back, formulas in it are text', () => {
  const bytes = writeSheet(t, [['=HYPERLINK("http://x")', '+1', '@a', '-2', '', '', '', 'x']], { headings: [] });
  const found = readSheet(bytes);
  expect(found).toMatchObject({ ok: true, rows: [{ row: 2, name: '=HYPERLINK("http://x")', unit: 'x' }], wrong: [] });
  expect(bytes.toString('latin1')).not.toContain('<f>');
  expect(['=1', '+1', '-1', '@x', '张三'].map(spreadsheetText)).toEqual(["'=1", "'+1", "'-1", "'@x", '张三']);
});

test('a formula is not evaluated', () => {
  const sheet = utils.aoa_to_sheet([
    ['姓名', '证件号'],
    ['', 'x'],
  ]);
  sheet.A2 = { t: 'n', f: '1+1' };
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, 'a');
  const found = readSheet(write(book, { type: 'buffer', bookType: 'xlsx' }));
  expect(found.ok && found.rows.map(({ name }) => name)).not.toContain('2');
});

test.each([
  ...['1990-03-07', '1990/3/7', '1990.3.7', '1990年3月7日', '1990 年 3 月 7 日', '19900307'].map((text) => [
    text,
    '1990-03-07',
  ]),
  ...['1990-03-07 12:00', '1990/3/7 0:00', '1990年3月7日 星期三', '7-Mar-1990', 'March 7, 1990', '１９９０.3.7'].map(
    (text) => [text, '1990-03-07'],
  ),
  // Which of the two is the month, or which century it was, nobody knows.
  ...['3/7/90', '03/07/1990', '7.3.1990', '7-Mar-90', ''].map((text) => [text, text]),
])('a birth date written %s is read as %s', (text, day) => {
  expect(birthDayOf(text)).toBe(day);
});

test.each(['m/d/yy', 'yyyy"年"m"月"d"日"', 'yyyy/m/d'])('a date cell shown as %s is that day', (format) => {
  const sheet = utils.aoa_to_sheet([headings, ['张三', '', '', '', '', '', '']]);
  sheet.G2 = { t: 'n', v: 32_939, z: format };
  sheet['!ref'] = 'A1:H2';
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, 'a');
  const found = readSheet(write(book, { type: 'buffer', bookType: 'xlsx' }));
  expect(found.ok && found.rows.map((row) => birthDayOf(row.birth_day))).toEqual(['1990-03-07']);
});

test('csv with a byte order mark reads as text, also long numbers', () => {
  const found = readSheet(Buffer.from('\ufeff姓名,手机号,证件类型,证件号\n张三,,身份证,110199195001010027\n'));
  expect(found).toMatchObject({ ok: true, rows: [{ name: '张三', document_number: '110199195001010027', row: 2 }] });
});

test.each([
  [
    'semicolons and a quoted line break',
    '姓名;手机;证件号\r\n"张\n三";"a ""b""";1\r\n',
    { name: '张\n三', phone: 'a "b"' },
  ],
  ['tabs', '姓名\t手机\t证件号\n张三\t13800000000\t1', { name: '张三', phone: '13800000000' }],
  [
    'a Mac’s line ends, and Excel’s hint of the separator before a title',
    'sep=;\r名单\r姓名;证件号\r张三;1',
    { row: 3, name: '张三' },
  ],
  ['digits in a formula', '姓名,证件号\n张三,"=""110199195001010027"""', { document_number: '110199195001010027' }],
])('csv with %s', (_, text, row) => {
  expect(readSheet(Buffer.from(text))).toMatchObject({ ok: true, rows: [{ row: 2, ...row }] });
});

test('csv as a Chinese Windows saves it', () => {
  const gbk = Buffer.from('d0d5c3fb2cd6a4bcfebac50ad5c5c8fd2c310ad5c5fe9f2c32', 'hex');
  expect(readSheet(gbk)).toMatchObject({ ok: true, rows: [{ name: '张三' }, { name: '张䶮' }] });
});

test.each(['little', 'big'])('“Unicode text” as Excel saves it, %s end first', (end) => {
  const bytes = Buffer.from('\ufeff姓名\t证件号\r\n张三\t110199195001010027\r\n', 'utf16le');
  const found = readSheet(end === 'big' ? bytes.swap16() : bytes);
  expect(found).toMatchObject({ ok: true, rows: [{ name: '张三', document_number: '110199195001010027' }] });
});

test('what a web page would be is no list', () => {
  const page = Buffer.from('<table>\n<tr><td colspan="-1">x</td></tr>');
  expect(readSheet(page)).toEqual({ ok: false, problem: 'field.sheet_headings' });
});

describe('a file that would cost too much is refused before a reader sees it', () => {
  /** A zip file of one file of zeros, of whose size its headers say what we like. */
  function bombOf(size: number, said: number): Buffer {
    const packed = deflateRawSync(Buffer.alloc(size));
    const name = Buffer.from('[Content_Types].xml');
    const sizes = (buffer: Buffer, at: number) => {
      buffer.writeUInt32LE(packed.length, at);
      buffer.writeUInt32LE(said, at + 4);
      buffer.writeUInt16LE(name.length, at + 8);
    };
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    sizes(local, 18);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    sizes(entry, 20);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(30 + name.length + packed.length, 16);
    return Buffer.concat([local, name, packed, entry, name, end]);
  }
  test.each([
    ['says so', 500 * 1024 * 1024],
    ['says that it is small', 100],
    ['says that it is nothing', 0],
  ])('a bomb that %s', (_, said) => {
    expect(readSheet(bombOf(20 * 1024 * 1024, said))).toEqual({ ok: false, problem: 'field.sheet_large' });
  });
  test('a small file that contradicts its headers', () => {
    expect(readSheet(bombOf(1000, 100))).toEqual({ ok: false, problem: 'field.sheet_unreadable' });
  });
  test('a spreadsheet inside the spreadsheet, which the reader would unpack once more', () => {
    const text = file([['a'], ['b']]).toString('latin1');
    const nested = Buffer.from(text.replaceAll('docProps/app.xml', 'docPro/index.zip'), 'latin1');
    expect(readSheet(nested)).toEqual({ ok: false, problem: 'field.sheet_unreadable' });
  });
  test.each([
    ['a broken zip file', Buffer.concat([Buffer.from('PK'), Buffer.alloc(100)])],
    ['something else', Buffer.from([0, 1, 2, 3])],
    ['text in no encoding', Buffer.from([0xff, 0xff, 0x41])],
  ])('%s', (_, bytes) => {
    expect(readSheet(bytes)).toEqual({ ok: false, problem: 'field.sheet_unreadable' });
  });
  test('too many columns', () => {
    expect(readSheet(file([Array.from({ length: 60 }, () => 'x')]))).toEqual({
      ok: false,
      problem: 'field.sheet_large',
    });
  });
});

test('it is read beside the pages, in its turn, with the same answers', async () => {
  const sheet = writeSheet(t, [['张三', '', '', '', '', '', '', 'x']], { headings: [] });
  const answers = await Promise.all(
    [sheet, Buffer.from('姓名,证件号\n李四,1'), Buffer.from([0]), sheet].map((bytes) => readSheetApart(bytes, shape)),
  );
  expect(answers).toMatchObject([
    { ok: true, rows: [{ row: 2, name: '张三', unit: 'x' }] },
    { ok: true, rows: [{ name: '李四' }] },
    { ok: false, problem: 'field.sheet_unreadable' },
    { ok: true },
  ]);
});
