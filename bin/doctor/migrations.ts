import { readFileSync } from 'node:fs';

/**
 * What a migration takes from a release that still runs beside it, as far as the forms of its SQL tell: it is read, not run. Beside one
 * that only adds – tables, columns that may be empty or have a default, indexes, views, rights – the release before goes on.
 */
const takes: [RegExp, string][] = [
  [/\bdrop\s+table\s+(?:if\s+exists\s+)?(\w+)/gi, 'drops table'],
  [/\bdrop\s+column\s+(?:if\s+exists\s+)?(\w+)/gi, 'drops column'],
  [/\brename\s+(?:column\s+\w+\s+)?to\s+(\w+)/gi, 'renames to'],
  [/\balter\s+column\s+(\w+)\s+(?:set\s+data\s+)?type\b/gi, 'changes the type of'],
  [/\balter\s+column\s+(\w+)\s+set\s+not\s+null/gi, 'requires'],
  [/\badd\s+column\s+(?:if\s+not\s+exists\s+)?(\w+)(?![^,;]*\bdefault\b)[^,;]*\bnot\s+null/gi, 'requires'],
];
/** What a migration drops and makes anew is there again when it ends. */
const views = /\bdrop\s+view\s+(?:if\s+exists\s+)?([\w\s,]+?)(?:\s+cascade)?;/gi;

/** @returns each thing that is taken away, in words; nothing where the release before runs on */
export function takenAway(file: URL | string): string[] {
  // Of `down` nothing runs, ever.
  const [up = ''] = readFileSync(file, 'utf8').split('export async function down');
  const sql = up.replace(/--.*$/gm, '').replace(/^\s*(\/?\*|\/\/).*$/gm, '');
  const found = takes.flatMap(([form, word]) => [...sql.matchAll(form)].map(([, name]) => `${word} ${name}`));
  const gone = [...sql.matchAll(views)]
    .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
    .filter((name) => !new RegExp(`create\\s+(or\\s+replace\\s+)?view\\s+${name}\\b`, 'i').test(sql));
  return [...found, ...gone.map((name) => `drops view ${name}`)];
}
