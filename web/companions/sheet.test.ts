import { deflateRawSync } from 'node:zlib';
import { utils, write } from '@e965/xlsx';
import { describe, expect, test } from 'vitest';
import { spreadsheetText } from '../../domain/spreadsheet-text.ts';
import { translator } from '../../platform/i18n.ts';
import { readSheet as read } from '../sheets/sheet.ts';
import { readSheetApart } from '../sheets/sheet-apart.ts';
import { birthDayOf, columns, writeSheet } from './sheet.ts';

const readSheet = (bytes: Buffer) => read(bytes, columns);

const t = translator('zh-CN');
const file = (lines: unknown[][]): Buffer => {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(lines), 'a');
  return write(book, { type: 'buffer', bookType: 'xlsx' });
};

test('a sheet that we wrote reads back, formulas in it are text', () => {
  const bytes = writeSheet(t, [['=HYPERLINK("http://x")', '+1', '@a', '-2', '', '', '', 'x']], { headings: [] });
  const found = readSheet(bytes);
  expect(found).toMatchObject({ ok: true, rows: [{ row: 2, name: '=HYPERLINK("http://x")', unit: 'x' }] });
  expect(bytes.toString('latin1')).not.toContain('<f>');
  expect(['=1', '+1', '-1', '@x', '张三'].map(spreadsheetText)).toEqual(["'=1", "'+1", "'-1", "'@x", '张三']);
});

test('a formula is not evaluated', () => {
  const sheet = utils.aoa_to_sheet([['h'], ['']]);
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
  // Which of the two is the month nobody knows.
  ...['3/7/90', '03/07/1990', '7.3.1990', ''].map((text) => [text, text]),
])('a birth date written %s is read as %s', (text, day) => {
  expect(birthDayOf(text)).toBe(day);
});

test.each(['m/d/yy', 'yyyy"年"m"月"d"日"', 'yyyy/m/d'])('a date cell shown as %s is that day', (format) => {
  const sheet = utils.aoa_to_sheet([['h'], ['张三', '', '', '', '', '', '']]);
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
  ['semicolons and a quoted line break', 'h;h\r\n"张\n三";"a ""b"""\r\n', { name: '张\n三', phone: 'a "b"' }],
  ['tabs', 'h\th\n张三\t13800000000', { name: '张三', phone: '13800000000' }],
  [
    'what a web page would be',
    '<table>\n<tr><td colspan="-1">x</td></tr>',
    { name: '<tr><td colspan="-1">x</td></tr>' },
  ],
])('csv with %s', (_, text, row) => {
  expect(readSheet(Buffer.from(text))).toMatchObject({ ok: true, rows: [{ row: 2, ...row }] });
});

test('csv as a Chinese Windows saves it', () => {
  const bytes = Buffer.concat([Buffer.from('h\n'), Buffer.from([0xd5, 0xc5, 0xc8, 0xfd])]);
  expect(readSheet(bytes)).toMatchObject({ ok: true, rows: [{ name: '张三' }] });
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
    [sheet, Buffer.from('h\n李四'), Buffer.from([0]), sheet].map((bytes) => readSheetApart(bytes, columns)),
  );
  expect(answers).toMatchObject([
    { ok: true, rows: [{ row: 2, name: '张三', unit: 'x' }] },
    { ok: true, rows: [{ name: '李四' }] },
    { ok: false, problem: 'field.sheet_unreadable' },
    { ok: true },
  ]);
});
