import type { CellObject } from '@e965/xlsx';
import { dropIdle } from '../../domain/characters.ts';
import { day } from '../../domain/time.ts';

/** What a cell says to somebody who looks at the sheet. */

const longestCell = 200;
/** A spreadsheet keeps fifteen digits of a number, and zeros for the others. */
const exact = 1e15;

export interface CellRead {
  text: string;
  /** Catalogue key. */
  problem?: 'field.sheet_number' | 'field.sheet_error_cell';
}

/** @param of.isDay a number is a day; `since1904`: as old Macs counted */
export function readCell(cell: CellObject | undefined, of: { isDay: boolean; since1904: boolean }): CellRead {
  if (!cell) return { text: '' };
  if (cell.t === 'e') return { text: cell.w ?? '', problem: 'field.sheet_error_cell' };
  if (cell.t !== 'n' || typeof cell.v !== 'number') return readText(String(cell.w ?? cell.v ?? ''));
  if (of.isDay && isSerial(cell.v)) return { text: dayOfSerial(cell.v, of.since1904) };
  if (Math.abs(cell.v) >= exact) return { text: String(cell.w ?? cell.v), problem: 'field.sheet_number' };
  return { text: Number.isInteger(cell.v) ? String(cell.v) : (cell.w ?? String(cell.v)) };
}

/** Also a cell of a text file: without the apostrophe, or the formula, that other programs write around digits. */
export function readText(written: string): CellRead {
  const text = dropIdle(written)
    .trim()
    .replace(/^="(.*)"$/s, '$1')
    .replace(/^'/, '')
    .trim()
    .slice(0, longestCell);
  if (/^\d(?:\.\d+)?E\+\d{2}$/i.test(text)) return { text, problem: 'field.sheet_number' };
  return /^#(?:REF!|N\/A|VALUE!|NAME\?|DIV\/0!|NULL!|NUM!)$/.test(text)
    ? { text, problem: 'field.sheet_error_cell' }
    : { text };
}

/** Days from 1900 to 9999; what is larger is a day written as digits, such as 19900307. */
const isSerial = (value: number): boolean => value >= 1 && value < 2_958_466;

function dayOfSerial(serial: number, since1904: boolean): string {
  const first = since1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 30);
  return new Date(first + Math.floor(serial) * day).toISOString().slice(0, 10);
}
