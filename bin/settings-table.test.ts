import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readPart } from './doctor/settings.ts';
import { readme, withTable } from './settings/readme.ts';
import { settingsTable } from './settings/table.ts';
import { templatesPage, templatesText } from './settings/templates.ts';

const text = readFileSync(readme, 'utf8');

it('the README has every setting as the schema has it; if not: npm run settings:table', () => {
  expect(withTable(text, settingsTable())).toBe(text);
});

it('the docs have every template as the code sends it; if not: npm run settings:table', () => {
  expect(readFileSync(templatesPage, 'utf8')).toBe(templatesText());
});

it('the doctor names the same settings', () => {
  const listed = [...settingsTable().matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  const named = (['application', 'gate', 'door'] as const).flatMap((part) =>
    readPart(part, {}).lines.map((line) => /^\S+ +([A-Z0-9_]+) /.exec(line)?.[1]),
  );
  expect(listed.length).toBeGreaterThan(40);
  expect(new Set(named.filter(Boolean))).toEqual(new Set(listed));
});
