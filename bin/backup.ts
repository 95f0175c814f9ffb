import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSettings } from '../platform/config.ts';
import { keepDeletions, listDeletions } from './backup/deletions.ts';
import { withClient } from './backup/engine.ts';
import { keepNewest } from './backup/keep.ts';
import { bytesOf, saveBackup } from './backup/save.ts';
import { backupSettings, ownerSettings, readPassphrase } from './backup/settings.ts';
import { ownerDatabaseWords } from './setup/database-words.ts';

/**
 * npm run backup -- --to <folder> [--keep <number>]: writes a folder below it with the application's and the engine's database and
 * the sealed key folders, beside the running system; then removes all but the newest. One line says what became of it, for
 * whoever schedules it; it ends with 1 where there is no backup.
 *
 * npm run backup -- --to <folder> --deletions: writes the list of deletions alone, in a second: often, since what comes back
 * from a backup has to be deleted again by it. What they read is in docs/operations.md, "Backups".
 */
const usage = `Usage: npm run backup -- --to <folder> [--keep <number, 1 or more>]
       npm run backup -- --to <folder> --deletions`;
const began = Date.now();
try {
  const options = { to: { type: 'string' }, keep: { type: 'string' }, deletions: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  if (!values.to || !/^[1-9]\d{0,4}$/.test(values.keep ?? '1')) throw new Error(usage);
  const to = resolve(process.env.INIT_CWD ?? '.', values.to);
  if (values.deletions) await saveDeletions(to);
  const settings = readSettings(backupSettings, process.env);
  const { folder, manifest } = await saveBackup(settings, { to, passphrase: await readPassphrase(settings) });
  const removed = values.keep ? keepNewest(to, Number(values.keep)) : [];
  const rows = manifest.application.tables.reduce((sum, table) => sum + table.rows, 0);
  const size = (bytesOf(manifest) / 1e6).toFixed(1);
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(
    `Backup ${folder} is complete: up to ${manifest.takenAt}, ${rows} rows, ${size} MB, ${seconds} s; removed ${removed.length} older.`,
  );
  process.exit(0);
} catch (error) {
  console.error(`Backup failed: ${ownerDatabaseWords(error)}`);
  process.exit(1);
}

/** And ends the process. */
async function saveDeletions(to: string): Promise<never> {
  const { DATABASE_OWNER_URL: url } = readSettings(ownerSettings, process.env);
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const deletions = await withClient(url, listDeletions);
  keepDeletions(to, deletions);
  const { accounts, elsewhere } = deletions;
  console.log(`The list in ${to} has every deletion until now: ${accounts.length + elsewhere.length} in the database.`);
  process.exit(0);
}
