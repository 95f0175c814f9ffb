import { readFileSync, writeFileSync } from 'node:fs';
import { readme, withTable } from './settings/readme.ts';
import { settingsTable } from './settings/table.ts';
import { templatesPage, templatesText } from './settings/templates.ts';

/** npm run settings:table: writes the README's table of settings, from platform/setting-groups.ts, and docs/templates.md. */
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), settingsTable()));
writeFileSync(templatesPage, templatesText());
