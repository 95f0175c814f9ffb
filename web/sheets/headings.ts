import { checkName, normaliseLine } from '../../domain/text.ts';

/** Which line of a sheet names its columns, and what below it is no row: lists exist before anybody opens our page. */

export interface SheetShape<Column extends string> {
  /** What each column may be headed with: words of any language. */
  headings: Readonly<Record<Column, readonly string[]>>;
  /** A line without these names no columns. */
  needed: readonly Column[];
  /** Columns of days: a number in them is a day as spreadsheets count. */
  days?: readonly Column[];
}

export interface Headings<Column extends string> {
  /** Of the line, from 0. */
  line: number;
  /** Where each column stands, from 0. */
  at: Partial<Record<Column, number>>;
}

/** Above the headings stand titles, dates and who filled it in. */
const mostAbove = 20;

export function findHeadings<Column extends string>(
  lines: readonly string[][],
  { headings, needed }: SheetShape<Column>,
): Headings<Column> | undefined {
  const words = (Object.entries(headings) as [Column, readonly string[]][]).map(
    ([column, said]) => [column, new Set(said.map(plain))] as const,
  );
  for (const [line, cells] of lines.slice(0, mostAbove).entries()) {
    const said = cells.map(plain);
    const at: Partial<Record<Column, number>> = {};
    for (const [column, known] of words) {
      const place = said.findIndex((word) => known.has(word));
      if (place >= 0) at[column] = place;
    }
    if (needed.every((column) => at[column] !== undefined)) return { line, at };
  }
  return undefined;
}

/** Without what is in brackets, stars, colons and spaces. */
const plain = (heading: string): string =>
  normaliseLine(heading)
    .toLowerCase()
    .replace(/\(.*?\)|[\s*:_\-.]/gu, '');

const closing =
  /^(?:填[表报写]|制表|备注|注[:：]|说明|审[核批]|负责人|经办|联系人|日期|合计|总计|共计|小计|共\s*\d+\s*人)/u;

/**
 * Whether a line says who filled the sheet in, or counts: what begins with such a word, or stands alone and can be nobody's
 * name. Anything else is a row, and is refused as one rather than left out.
 */
export function isNote(cells: readonly string[]): boolean {
  const said = cells.map(normaliseLine).filter((text) => text !== '');
  const [first = ''] = said;
  if (said.length === 0 || said.some((text) => /\d{5}/.test(text) && text !== first)) return false;
  if (closing.test(first)) return said.length <= 4;
  return said.length === 1 && /[:：。]/u.test(first) && checkName(first) !== undefined;
}
