import { readFileSync, writeFileSync } from 'node:fs';
import { readme, withTable } from './settings/readme.ts';
import { settingsTable } from './settings/table.ts';

/** npm run settings:table: writes the README's table of settings, from platform/setting-groups.ts. */
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), settingsTable()));
