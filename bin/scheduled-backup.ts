import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { minute } from '../domain/time.ts';
import { readSettings } from '../platform/config.ts';
import { isDue, isFresh, newestBackup, type ScheduleSettings, scheduleSettings } from './backup/schedule.ts';

/**
 * node bin/scheduled-backup.ts: `npm run backup` each day at BACKUP_AT and at once where that was missed, and the list of deleted
 * accounts every five minutes; the service `backup` of docker-compose.yml. A backup that failed is tried again after fifteen.
 *
 * node bin/scheduled-backup.ts --check: ends with 1 where no whole backup is younger than 26 hours. Its health check.
 */
const every = 5 * minute;
const afterFailure = 15 * minute;

const settings = readOwn();
if (process.argv.includes('--check')) {
  const newest = newestBackup(settings.BACKUP_TO);
  console.log(`The newest backup is of ${newest?.toISOString() ?? 'never'}.`);
  process.exit(isFresh(newest, new Date()) ? 0 : 1);
}

let running: ReturnType<typeof spawn> | undefined;
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.on(signal, () => {
    // What broke off has no manifest, and goes with the next backup.
    running?.kill('SIGTERM');
    process.exit(0);
  });
for (let notBefore = 0; ; await new Promise((resolve) => setTimeout(resolve, every))) {
  const now = new Date();
  const isNow = now.getTime() >= notBefore && isDue(newestBackup(settings.BACKUP_TO), settings.BACKUP_AT, now);
  const ended = await backUp(settings, isNow ? ['--keep', String(settings.BACKUP_KEEP)] : ['--deletions']);
  if (isNow && ended !== 0) notBefore = Date.now() + afterFailure;
}

/** @returns with what it ended */
async function backUp({ BACKUP_TO: to }: ScheduleSettings, how: string[]): Promise<number> {
  const script = fileURLToPath(new URL('backup.ts', import.meta.url));
  running = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, '--to', to, ...how], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(running, 'exit');
  running = undefined;
  return code ?? 1;
}

function readOwn(): ScheduleSettings {
  try {
    return readSettings(scheduleSettings, process.env);
  } catch (error) {
    console.error((error as Error).message);
    process.exit(1);
  }
}
