import { type CellObject, read, utils, type WorkSheet, write } from '@e965/xlsx';
import { spreadsheetText } from '../../domain/spreadsheet-text.ts';
import { type CellRead, readCell, readText } from './cell-text.ts';
import { readCsv } from './csv.ts';
import { findHeadings, type Headings, isNote, type SheetShape } from './headings.ts';
import { unpackingProblem } from './sheet-bounds.ts';

/** People by spreadsheet: read within bounds, no formula evaluated; what goes out holds no formula either. */

export type SheetRow<Column extends string> = Record<Column, string> & {
  /** As the reader counts, from 1 on. */
  row: number;
};

export const mostBytes = 1024 * 1024;
const mostUnpacked = 8 * 1024 * 1024;
const mostFiles = 200;
/** Lines, empty ones too: the bytes are bounded besides. */
const mostRows = 10_000;
const mostColumns = 40;
/** Of a template: rows that take digits as text. */
const textRows = 500;

/** One thing wrong with a cell itself. */
export interface WrongCell {
  row: number;
  column: string;
  /** Catalogue key. */
  problem: string;
}

/** Goes from thread to thread: plain values. */
export type SheetRead<Column extends string> =
  | { ok: true; rows: SheetRow<Column>[]; wrong: WrongCell[] }
  /** Catalogue key. */
  | { ok: false; problem: string };

const refuse = (problem: string) => ({ ok: false, problem }) as const;

/** The one list that a file holds, below its headings: of a workbook, whichever sheet it is on. */
export function readSheet<Column extends string>(bytes: Buffer, shape: SheetShape<Column>): SheetRead<Column> {
  const isZip = bytes.subarray(0, 2).toString('latin1') === 'PK';
  return isZip ? readWorkbook(bytes, shape) : readTextFile(bytes, shape);
}

function readWorkbook<Column extends string>(bytes: Buffer, shape: SheetShape<Column>): SheetRead<Column> {
  const problem = unpackingProblem(bytes, { mostUnpacked, mostFiles });
  if (problem) return refuse(`field.sheet_${problem}`);
  try {
    const book = read(bytes, {
      cellFormula: false,
      cellHTML: false,
      cellStyles: false,
      bookVBA: false,
      dense: true,
      sheetRows: mostRows,
    });
    const since1904 = book.Workbook?.WBProps?.date1904 === true;
    const grids = book.SheetNames.map((name) => gridOf(book.Sheets[name]));
    if (grids.every((grid) => grid.length === 0)) return refuse('field.sheet_empty');
    if (grids.some((grid) => grid.some((cells) => cells.length > mostColumns))) return refuse('field.sheet_large');
    return listOf(
      grids.map((grid) =>
        grid.map((cells) => cells.map((cell) => (isDay: boolean) => readCell(cell, { isDay, since1904 }))),
      ),
      shape,
    );
  } catch {
    return refuse('field.sheet_unreadable');
  }
}

/** The cells of a sheet from A1 on; what is only formatted is none. */
function gridOf(sheet: WorkSheet | undefined): (CellObject | undefined)[][] {
  const rows: (CellObject[] | undefined)[] = sheet?.['!data'] ?? [];
  const grid = Array.from(rows, (cells) => {
    const kept = Array.from(cells ?? [], (cell: CellObject | undefined) => (isFilled(cell) ? cell : undefined));
    return kept.slice(0, kept.findLastIndex((cell) => cell !== undefined) + 1);
  });
  return grid.slice(0, grid.findLastIndex((cells) => cells.length > 0) + 1);
}

const isFilled = (cell: CellObject | undefined): boolean => cell?.t === 'e' || String(cell?.v ?? '').trim() !== '';

function readTextFile<Column extends string>(bytes: Buffer, shape: SheetShape<Column>): SheetRead<Column> {
  const lines = readCsv(bytes, mostRows);
  if (!lines) return refuse('field.sheet_unreadable');
  if (lines.some((line) => line.length > mostColumns)) return refuse('field.sheet_large');
  return listOf([lines.map((line) => line.map((text) => () => readText(text)))], shape);
}

/** A cell, once it is known what its column holds. */
type Cell = (isDay: boolean) => CellRead;

/** People on two sheets of one file are refused: who stands on the second must not be left out. */
function listOf<Column extends string>(sheets: Cell[][][], shape: SheetShape<Column>): SheetRead<Column> {
  const lists = sheets.flatMap((lines) => {
    const headings = findHeadings(
      lines.slice(0, 40).map((line) => line.map((cell) => cell(false).text)),
      shape,
    );
    return headings ? [rowsOf(lines, headings, shape)] : [];
  });
  const [list = { rows: [], wrong: [] }, ...more] = lists.filter(({ rows }) => rows.length > 0);
  if (lists.length === 0) return refuse(sheets.flat().length === 0 ? 'field.sheet_empty' : 'field.sheet_headings');
  return more.length > 0 ? refuse('field.sheet_several') : { ok: true, ...list };
}

function rowsOf<Column extends string>(lines: Cell[][], { line, at }: Headings<Column>, shape: SheetShape<Column>) {
  const rows: SheetRow<Column>[] = [];
  const wrong: WrongCell[] = [];
  for (const [n, cells] of lines.entries()) {
    if (n <= line || isNote(cells.map((cell) => cell(false).text))) continue;
    const texts = {} as Record<Column, string>;
    const problems: WrongCell[] = [];
    for (const column of Object.keys(shape.headings) as Column[]) {
      const cell = cells[at[column] ?? -1];
      const { text, problem } = cell?.(shape.days?.includes(column) ?? false) ?? { text: '' };
      texts[column] = text;
      if (problem) problems.push({ row: n + 1, column, problem });
    }
    if (Object.values(texts).every((text) => text === '')) continue;
    rows.push({ ...texts, row: n + 1 });
    wrong.push(...problems);
  }
  return { rows, wrong };
}

interface Book {
  /** Of the sheet. */
  name: string;
  headings: string[];
  rows: string[][];
  /** A second sheet that says how the first is filled in. */
  notes?: { name: string; lines: string[] } | undefined;
  /** To be filled in: a spreadsheet must keep every digit that is typed. */
  isTemplate?: boolean;
}

/** @returns a whole file, xlsx */
export function writeBook({ name, headings, rows, notes, isTemplate = false }: Book): Buffer {
  const book = utils.book_new();
  const sheet = utils.aoa_to_sheet([headings, ...rows.map((row) => row.map(spreadsheetText))]);
  if (isTemplate) formatAsText(sheet, headings.length);
  sheet['!cols'] = headings.map(() => ({ wch: 22 }));
  utils.book_append_sheet(book, sheet, name);
  if (notes) {
    const lines = utils.aoa_to_sheet(notes.lines.map((note) => [spreadsheetText(note)]));
    lines['!cols'] = [{ wch: 110 }];
    utils.book_append_sheet(book, lines, notes.name);
  }
  return write(book, { type: 'buffer', bookType: 'xlsx' });
}

function formatAsText(sheet: WorkSheet, columns: number): void {
  for (let r = 1; r <= textRows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      const at = utils.encode_cell({ r, c });
      sheet[at] = { t: 's', v: '', ...sheet[at], z: '@' };
    }
  }
  sheet['!ref'] = utils.encode_range({ s: { r: 0, c: 0 }, e: { r: textRows, c: columns - 1 } });
}
