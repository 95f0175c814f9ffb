import { fileURLToPath } from 'node:url';

/** Where the README holds the table, between two marks. */

export const readme = fileURLToPath(new URL('../../README.md', import.meta.url));
const marks = { begin: '<!-- settings: npm run settings:table -->', end: '<!-- /settings -->' };

/** The text with this table in place of the text between the marks. @throws Error where a mark is missing */
export function withTable(text: string, table: string): string {
  const begin = text.indexOf(marks.begin);
  const end = text.indexOf(marks.end);
  if (begin < 0 || end < begin) throw new Error(`README.md lacks ${marks.begin} and ${marks.end}`);
  return `${text.slice(0, begin)}${marks.begin}\n${table}\n${text.slice(end)}`;
}
