import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readSettings } from '../platform/config.ts';
import { openDatabase } from '../platform/db.ts';
import { reportOf } from './backup/report.ts';
import { restoreBackup } from './backup/restore.ts';
import { backupSettings, ownerSettings, readPassphrase } from './backup/settings.ts';
import { databaseWords } from './setup/database-words.ts';

/**
 * npm run restore -- --from <folder of one backup> [--replace]: checks every file, then fills empty databases and the key folders
 * from it; with --replace it takes the place of what is there. web, workers, gates' door and engine are stopped meanwhile.
 *
 * npm run restore -- --report: what was found since the last restore that does not agree with it. It ends with 1 until
 * everything was compared.
 */
const usage = 'Usage: npm run restore -- --from <folder of one backup> [--replace]\n       npm run restore -- --report';
let ownerUrl = '';
try {
  const options = { from: { type: 'string' }, replace: { type: 'boolean' }, report: { type: 'boolean' } } as const;
  const { values } = parseArgs({ options });
  if (values.report) process.exit(await report());
  if (!values.from) throw new Error(usage);
  const settings = readSettings(backupSettings, process.env);
  ownerUrl = settings.DATABASE_OWNER_URL;
  const from = resolve(process.env.INIT_CWD ?? '.', values.from);
  await restoreBackup(settings, {
    from,
    deletions: dirname(from),
    replace: values.replace === true,
    passphrase: () => readPassphrase(settings),
    say: (line) => console.log(line),
  });
  process.exit(0);
} catch (error) {
  console.error(`Not restored: ${databaseWords(error, 'DATABASE_OWNER_URL', ownerUrl)}`);
  process.exit(1);
}

async function report(): Promise<number> {
  const { DATABASE_OWNER_URL: url } = readSettings(ownerSettings, process.env);
  ownerUrl = url;
  const owner = openDatabase({ DATABASE_URL: url, DATABASE_POOL: 1 });
  try {
    const { lines, settled } = await reportOf(owner);
    for (const line of lines) console.log(line);
    return settled ? 0 : 1;
  } finally {
    await owner.destroy();
  }
}
