import { read, utils, write } from '@e965/xlsx';
import type { Language, Translate } from '../../platform/i18n.ts';
import { readCsv } from './csv.ts';
import { unpackingProblem } from './sheet-bounds.ts';

/** A group as a spreadsheet: read within bounds, no formula evaluated; what goes out holds no formula either. */

export const columns = [
  'name',
  'phone',
  'document_type',
  'document_number',
  'nationality',
  'sex',
  'birth_day',
  'unit',
] as const;
export type SheetRow = Record<(typeof columns)[number], string> & {
  /** As the reader counts, the headings being row 1. */
  row: number;
};

export const mostBytes = 1024 * 1024;
const mostUnpacked = 8 * 1024 * 1024;
const mostFiles = 200;
/** Rows beyond are counted and refused, not read. */
const mostRows = 1_000;
const mostColumns = 40;
const longestCell = 200;
const isoDay = 'yyyy-mm-dd';

/** Goes from thread to thread: plain values. */
export type SheetRead =
  | { ok: true; rows: SheetRow[] }
  /** Catalogue key. */
  | { ok: false; problem: string };

export function readSheet(bytes: Buffer): SheetRead {
  const isZip = bytes.subarray(0, 2).toString('latin1') === 'PK';
  return isZip ? readWorkbook(bytes) : readText(bytes);
}

function readWorkbook(bytes: Buffer): SheetRead {
  const problem = unpackingProblem(bytes, { mostUnpacked, mostFiles });
  if (problem) return { ok: false, problem: `field.sheet_${problem}` };
  try {
    const book = read(bytes, {
      cellFormula: false,
      cellHTML: false,
      cellStyles: false,
      bookVBA: false,
      sheets: 0,
      sheetRows: mostRows,
      // Without it a date comes as the writer's own country shows it.
      dateNF: isoDay,
    });
    const sheet = book.Sheets[book.SheetNames[0] ?? ''];
    if (!sheet?.['!ref']) return { ok: false, problem: 'field.sheet_empty' };
    if (utils.decode_range(sheet['!ref']).e.c > mostColumns) return { ok: false, problem: 'field.sheet_large' };
    return {
      ok: true,
      rows: rowsOf(utils.sheet_to_json<unknown[]>(sheet, { header: 1, raw: false, defval: '', dateNF: isoDay })),
    };
  } catch {
    return { ok: false, problem: 'field.sheet_unreadable' };
  }
}

function readText(bytes: Buffer): SheetRead {
  const lines = bytes.includes(0) ? undefined : readCsv(bytes, mostRows);
  if (!lines) return { ok: false, problem: 'field.sheet_unreadable' };
  if (lines.some((line) => line.length > mostColumns)) return { ok: false, problem: 'field.sheet_large' };
  return { ok: true, rows: rowsOf(lines) };
}

function rowsOf(lines: unknown[][]): SheetRow[] {
  return lines
    .map((line, n) => {
      const text = (column: number) =>
        String(line[column] ?? '')
          .replace(/^'/, '')
          .trim()
          .slice(0, longestCell);
      const cells = Object.fromEntries(columns.map((name, column) => [name, text(column)]));
      return { ...cells, row: n + 1 } as SheetRow;
    })
    .filter((row) => row.row > 1 && columns.some((name) => row[name] !== ''));
}

/**
 * A day as people and their spreadsheets write it, as 'YYYY-MM-DD': 1990-03-07, 1990/3/7, 1990.3.7, 1990年3月7日, 19900307.
 * A text that may mean two days – 3/7/90, 03/07/1990 – stays as it is, and is refused.
 */
export function birthDayOf(text: string): string {
  const parts =
    /^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(text);
  if (!parts) return text;
  const [, year, month = '', date = ''] = parts;
  return `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`;
}

/** Text that a spreadsheet would take for a formula gets an apostrophe: it is shown and not run. */
export const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** A whole file with headings in the reader's language. */
export function writeSheet(t: Translate, rows: string[][], more: { headings: string[]; notes?: string[] }): Buffer {
  const headings = columns.map((name) => t(`group.column.${name}`));
  const sheet = utils.aoa_to_sheet([[...headings, ...more.headings], ...rows.map((row) => row.map(harmless))]);
  sheet['!cols'] = [...columns, ...more.headings].map(() => ({ wch: 22 }));
  const book = utils.book_new();
  utils.book_append_sheet(book, sheet, t('group.sheet'));
  if (more.notes) {
    const notes = utils.aoa_to_sheet(more.notes.map((note) => [harmless(note)]));
    notes['!cols'] = [{ wch: 110 }];
    utils.book_append_sheet(book, notes, t('group.notes_sheet'));
  }
  return write(book, { type: 'buffer', bookType: 'xlsx' });
}

/** The documents as the column takes them: the words of either language, or our own. */
export function documentTypeOf(text: string, words: Record<Language, Translate>, types: readonly string[]): string {
  const plain = text.trim().toLowerCase();
  return (
    types.find((type) =>
      [type, words['zh-CN'](`person.${type}`), words.en(`person.${type}`)].some((word) => word.toLowerCase() === plain),
    ) ?? ''
  );
}
