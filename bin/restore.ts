import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readSettings } from '../platform/config.ts';
import { recordRestore } from '../store/office/restore.ts';
import { reportOf } from './backup/report.ts';
import { repeatDeletions, restoreBackup } from './backup/restore.ts';
import { backupSettings, deletionSettings, ownerSettings, readPassphrase } from './backup/settings.ts';
import { asOwner } from './setup/as-owner.ts';
import { ownerDatabaseWords } from './setup/database-words.ts';

/**
 * npm run restore -- --from <folder of one backup> [--replace]: checks every file, then fills empty databases and the key folders
 * from it; with --replace it takes the place of what is there. web, workers, gates' door and engine are stopped meanwhile.
 *
 * npm run restore -- --settle <time>: the databases were brought back to that moment by other means, such as PostgreSQL's own
 * recovery; workers compare what is left as after a restore.
 *
 * npm run restore -- --deletions <folder>: accounts that were deleted after the backup, and what others held of people without one, as
 * the list there says, are deleted again, as far as their visits are over by now. The restore does it too.
 *
 * npm run restore -- --report: what was found since the last restore that does not agree with it. It ends with 1 until
 * everything was compared.
 */
const usage =
  'Usage: npm run restore -- --from <folder of one backup> [--replace]\n       npm run restore -- --settle <time, 2026-11-30T01:02:03Z>\n       npm run restore -- --deletions <folder of the backups>\n       npm run restore -- --report';
try {
  const options = {
    from: { type: 'string' },
    replace: { type: 'boolean' },
    report: { type: 'boolean' },
    settle: { type: 'string' },
    deletions: { type: 'string' },
  } as const;
  const { values } = parseArgs({ options });
  if (values.report) process.exit(await report());
  if (values.settle) process.exit(await settle(values.settle));
  if (values.deletions) process.exit(await repeat(resolve(process.env.INIT_CWD ?? '.', values.deletions)));
  if (!values.from) throw new Error(usage);
  const settings = readSettings(backupSettings, process.env);
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
  console.error(`Not restored: ${ownerDatabaseWords(error)}`);
  process.exit(1);
}

async function report(): Promise<number> {
  return asOwner(ownerUrl(), async (owner) => {
    const { lines, settled } = await reportOf(owner);
    for (const line of lines) console.log(line);
    return settled ? 0 : 1;
  });
}

async function settle(time: string): Promise<number> {
  const at = z.iso.datetime({ offset: true }).safeParse(time);
  if (!at.success) throw new Error(usage);
  await asOwner(ownerUrl(), (owner) => recordRestore(owner, new Date(at.data)));
  console.log('Workers compare everything that runs with its row now: npm run restore -- --report');
  return 0;
}

async function repeat(folder: string): Promise<number> {
  const settings = readSettings(deletionSettings, process.env);
  await repeatDeletions(settings, folder, (line) => console.log(line));
  return 0;
}

function ownerUrl(): string {
  return readSettings(ownerSettings, process.env).DATABASE_OWNER_URL;
}
