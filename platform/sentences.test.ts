import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { hasSentence } from './i18n.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const sources = ['domain', 'store', 'platform', 'activities', 'delivery', 'web', 'door', 'gate-worker'].flatMap(
  (room) => globSync(`${room}/**/*.{ts,ejs}`, { cwd: root }).filter((path) => !path.endsWith('.test.ts')),
);

/** Where each key is written out in the sources; keys put together from parts are left to the pages' own tests. */
function uses(pattern: RegExp, asKey: (name: string) => string): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of sources) {
    for (const [, name = ''] of readFileSync(root + path, 'utf8').matchAll(pattern)) found.set(asKey(name), path);
  }
  return found;
}

test.each([
  ['asked for by a page', /\bt\('([a-z_]+(?:\.[A-Za-z0-9_]*[A-Za-z0-9])+)'/g, (name: string) => name],
  ['thrown as an error', /new AppError\('([a-z_]+)'/g, (name: string) => `error.${name}`],
  ['shown at a field', /'(field\.(?!json')[a-z_]+)'/g, (name: string) => name],
])('every sentence %s is in both catalogues', (_what, pattern, asKey) => {
  const missing = [...uses(pattern, asKey)].filter(([key]) => !hasSentence(key) && !hasSentence(`${key}_other`));
  expect(missing.map(([key, path]) => `${key} in ${path}`)).toEqual([]);
});
