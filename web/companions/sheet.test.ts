import { utils, write } from '@e965/xlsx';
import { describe, expect, test } from 'vitest';
import { translator } from '../../platform/i18n.ts';
import { harmless, readSheet, writeSheet } from './sheet.ts';
import { unpackedSize } from './sheet-bounds.ts';

const t = translator('zh-CN');
const file = (lines: unknown[][]): Buffer => {
  const book = utils.book_new();
  utils.book_append_sheet(book, utils.aoa_to_sheet(lines), 'a');
  return write(book, { type: 'buffer', bookType: 'xlsx' });
};

test('a sheet that we wrote reads back, formulas in it are text', () => {
  const bytes = writeSheet(t, [['=HYPERLINK("http://x")', '+1', '@a', '-2', '', '', '', 'x']], { headings: [] });
  const read = readSheet(bytes);
  expect(read).toMatchObject({ ok: true, rows: [{ row: 2, name: '=HYPERLINK("http://x")', unit: 'x' }] });
  expect(bytes.toString('latin1')).not.toContain('<f>');
  expect(['=1', '+1', '-1', '@x', '张三'].map(harmless)).toEqual(["'=1", "'+1", "'-1", "'@x", '张三']);
});

test('a formula is not evaluated', () => {
  const sheet = utils.aoa_to_sheet([['h'], ['']]);
  sheet.A2 = { t: 'n', f: '1+1' };
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, 'a');
  const read = readSheet(write(book, { type: 'buffer', bookType: 'xlsx' }));
  expect(read.ok && read.rows.map(({ name }) => name)).not.toContain('2');
});

test('csv with a byte order mark reads as text, also long numbers', () => {
  const read = readSheet(Buffer.from('\ufeff姓名,手机号,证件类型,证件号\n张三,,身份证,110199195001010027\n'));
  expect(read).toMatchObject({ ok: true, rows: [{ name: '张三', document_number: '110199195001010027', row: 2 }] });
});

describe('what would cost more than it may is refused before it is unpacked', () => {
  test('a bomb, by what its directory says', () => {
    const bytes = file([['a'], ['b']]);
    const at = bytes.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
    bytes.writeUInt32LE(500 * 1024 * 1024, at + 24);
    expect(unpackedSize(bytes)?.size).toBeGreaterThan(500 * 1024 * 1024);
    expect(readSheet(bytes)).toEqual({ ok: false, problem: 'field.sheet_large' });
  });
  test.each([
    ['a broken zip file', Buffer.concat([Buffer.from('PK'), Buffer.alloc(100)])],
    ['something else', Buffer.from([0, 1, 2, 3])],
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
