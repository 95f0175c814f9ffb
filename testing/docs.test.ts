import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** The docs name files, folders and commands: each of them must exist. */

const top = fileURLToPath(new URL('..', import.meta.url));
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: top, exclude: ['docs/screens/**'] });
const rooms =
  /^(activities|bench|bin|delivery|deploy|docs|domain|door|e2e|gate-worker|migrations|platform|sandbox|store|testing|web|workflows)\/[^<>…*]*$/;

const texts = pages.map((page) => ({ page, text: readFileSync(join(top, page), 'utf8') }));
const found = (pattern: RegExp): [page: string, name: string][] =>
  texts.flatMap(({ page, text }) => [...text.matchAll(pattern)].map(([, name = '']): [string, string] => [page, name]));

describe('what the docs name exists:', () => {
  /** A module may be named without its ending, as in `activities/admit`. */
  const paths = found(/`([^`\n]+)`/g).filter(([, name]) => rooms.test(name));
  it.each(paths)('%s names the file or folder %s', (_, path) => {
    expect(['', '.ts', '.ejs'].some((ending) => existsSync(join(top, path + ending)))).toBe(true);
  });

  const links = found(/\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g);
  it.each(links)('%s links to %s', (page, path) => {
    expect(existsSync(join(top, dirname(page), path))).toBe(true);
  });

  const scripts: Record<string, string> = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')).scripts;
  it.each(found(/`npm run ([\w:-]+)/g))('%s names the command npm run %s', (_, name) => {
    expect(Object.keys(scripts)).toContain(name);
  });

  it('and each of these lists has entries', () => {
    expect([paths.length, links.length].every((count) => count > 10)).toBe(true);
  });
});
