import type { Language, Translate } from '../../platform/i18n.ts';
import { type SheetRow as Row, writeBook } from '../sheets/sheet.ts';

/** A group as a spreadsheet: its columns, and what people write into them. */

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
export type SheetRow = Row<(typeof columns)[number]>;

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

/** A whole file with headings in the reader's language. */
export function writeSheet(t: Translate, rows: string[][], more: { headings: string[]; notes?: string[] }): Buffer {
  return writeBook({
    name: t('group.sheet'),
    headings: [...columns.map((name) => t(`group.column.${name}`)), ...more.headings],
    rows,
    notes: more.notes && { name: t('group.notes_sheet'), lines: more.notes },
  });
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
