import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blocksOf, filledIn, namedIn, readPage } from './page-commands.ts';
import { pages, type Row, tried, wholeBlocks } from './table.ts';

/** No command stands on a page for operators that no test runs. */

const top = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(top, path), 'utf8');
const all = pages.flatMap(({ name, part }) => {
  const page = readPage(name, part);
  const blocks = wholeBlocks[name] ? [] : blocksOf(page).flat();
  return [...blocks, ...namedIn(page)].map((command): [command: string, page: string] => [command, name]);
});

it.each(all)('%s, of %s, has a test that runs it', (command) => {
  expect(Object.keys(tried)).toContain(command);
});

describe.each(Object.entries(tried))('%s', (command, row: Row) => {
  const on = all.filter(([one]) => one === command).map(([, page]) => page);

  it('stands on a page', () => {
    expect(on.length).toBeGreaterThan(0);
  });

  it('is run by that test', () => {
    if ('as' in row) return expect(Object.keys(tried)).toContain(row.as);
    if ('untried' in row) return expect(on.some((page) => read(page).includes(row.untried))).toBe(true);
    expect(existsSync(join(top, row.test))).toBe(true);
    // One that takes commands off the pages says what it does not find there.
    if ('words' in row) return expect(read(row.in ?? row.test)).toContain(row.words);
    expect(read(row.test)).toMatch(/takenOffPages(<[^(]*>)?\(import\.meta\.url/);
  });
});

it.each(Object.entries(wholeBlocks))('every block of %s is run by %s', (page, test) => {
  expect(blocksOf(readPage(page)).length).toBeGreaterThan(10);
  expect(read(test)).toContain(page);
});

it('commands are found in blocks and in sentences', () => {
  const page = { name: '', text: 'Say `npm run x -- <y>` and `words`.\n\n   ```sh\n   docker a   # why\n   ```\n' };
  expect(namedIn(page)).toEqual(['npm run x -- <y>']);
  expect(blocksOf(page)).toEqual([['docker a']]);
  expect(filledIn('npm run x -- <y>', { '<y>': '1' })).toBe('npm run x -- 1');
  expect(() => filledIn('npm run x -- <y>', {})).toThrow('filled in');
  expect(() => filledIn('npm run x', { '<y>': '1' })).toThrow('has no <y>');
});
