import { read, utils, write } from '@e965/xlsx';
import { spreadsheetText } from '../../domain/spreadsheet-text.ts';
import { readCsv } from './csv.ts';
import { unpackingProblem } from './sheet-bounds.ts';

/** People by spreadsheet: read within bounds, no formula evaluated; what goes out holds no formula either. */

export type SheetRow<Column extends string> = Record<Column, string> & {
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
export type SheetRead<Column extends string> =
  | { ok: true; rows: SheetRow<Column>[] }
  /** Catalogue key. */
  | { ok: false; problem: string };

/** @param columns what stands in each, from the first on */
export function readSheet<Column extends string>(bytes: Buffer, columns: readonly Column[]): SheetRead<Column> {
  const isZip = bytes.subarray(0, 2).toString('latin1') === 'PK';
  return isZip ? readWorkbook(bytes, columns) : readText(bytes, columns);
}

function readWorkbook<Column extends string>(bytes: Buffer, columns: readonly Column[]): SheetRead<Column> {
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
    const lines = utils.sheet_to_json<unknown[]>(sheet, { header: 1, raw: false, defval: '', dateNF: isoDay });
    return { ok: true, rows: rowsOf(lines, columns) };
  } catch {
    return { ok: false, problem: 'field.sheet_unreadable' };
  }
}

function readText<Column extends string>(bytes: Buffer, columns: readonly Column[]): SheetRead<Column> {
  const lines = bytes.includes(0) ? undefined : readCsv(bytes, mostRows);
  if (!lines) return { ok: false, problem: 'field.sheet_unreadable' };
  if (lines.some((line) => line.length > mostColumns)) return { ok: false, problem: 'field.sheet_large' };
  return { ok: true, rows: rowsOf(lines, columns) };
}

function rowsOf<Column extends string>(lines: unknown[][], columns: readonly Column[]): SheetRow<Column>[] {
  return lines
    .map((line, n) => {
      const text = (column: number) =>
        String(line[column] ?? '')
          .replace(/^'/, '')
          .trim()
          .slice(0, longestCell);
      const cells = Object.fromEntries(columns.map((name, column) => [name, text(column)]));
      return { ...cells, row: n + 1 } as SheetRow<Column>;
    })
    .filter((row) => row.row > 1 && columns.some((name) => row[name] !== ''));
}

interface Book {
  /** Of the sheet. */
  name: string;
  headings: string[];
  rows: string[][];
  /** A second sheet that says how the first is filled in. */
  notes?: { name: string; lines: string[] } | undefined;
}

/** @returns a whole file, xlsx */
export function writeBook({ name, headings, rows, notes }: Book): Buffer {
  const book = utils.book_new();
  const sheet = utils.aoa_to_sheet([headings, ...rows.map((row) => row.map(spreadsheetText))]);
  sheet['!cols'] = headings.map(() => ({ wch: 22 }));
  utils.book_append_sheet(book, sheet, name);
  if (notes) {
    const lines = utils.aoa_to_sheet(notes.lines.map((note) => [spreadsheetText(note)]));
    lines['!cols'] = [{ wch: 110 }];
    utils.book_append_sheet(book, lines, notes.name);
  }
  return write(book, { type: 'buffer', bookType: 'xlsx' });
}
