import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '../platform/db.ts';
import { until } from '../testing/until.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { bringUp, engineFile, loseEverything } from './lost.ts';
import type { Product } from './product.ts';
import { fillWithTasks, plan } from './tasks.ts';

const waiting = 20;
const hour = 3600_000;

/**
 * A hundred thousand visits, some of them in flight, are backed up beside the running product. It goes on, loses
 * everything, and is restored by the command: until every part runs, everything that runs was compared, and a visit that
 * waited before is approved on its page.
 */
export async function measureRestore(product: Product, { visits = plan.tasks } = {}): Promise<Figure[]> {
  await fillWithTasks(product, { open: 0, tasks: visits });
  const env = settingsOf(product);
  const run = (script: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [script, ...args], { env, maxBuffer: 1e8 });
  const journey = await createJourney(product);
  const asked: string[] = [];
  for (let n = 0; n < waiting; n += 1) asked.push(await journey.ask(new Date(Date.now() + hour)));
  const passes = [await journey.passOf(new Date(Date.now() + hour)), await journey.passOf(new Date(Date.now() + hour))];
  const counts = await rowsOf(product.owner);

  const to = join(product.folder, 'backups');
  const backingUp = Date.now();
  await run('bin/backup.ts', '--to', to, '--keep', '2');
  const backup = (Date.now() - backingUp) / 1000;
  const [name = ''] = readdirSync(to).filter((one) => one.startsWith('2'));
  for (const visit of asked.slice(0, 3)) await (await journey.openTask(visit))();
  const after = [await journey.ask(new Date(Date.now() + hour)), await journey.ask(new Date(Date.now() + hour))];
  journey.close();
  await until(async () => (await product.owner('pass')).length >= passes.length + 3, 'passes of after the backup');
  await loseEverything(product);

  const began = Date.now();
  const { stdout } = await run('bin/restore.ts', '--from', join(to, name));
  const command = (Date.now() - began) / 1000;
  await bringUp(product);
  const owner = openDatabase({ DATABASE_URL: product.ground.ownerUrl, DATABASE_POOL: 2 });
  try {
    const settled = () => owner('restore').whereNotNull('settled_at').first('id');
    await until(settled, 'everything that runs was compared', 300);
    const again = await createJourney({ ...product, owner });
    for (const visit of asked.slice(0, 4)) await (await again.openTask(visit))();
    again.close();
    const whole = (Date.now() - began) / 1000;
    await refuseLosses(owner, { counts, asked, after });
    const report = (await run('bin/restore.ts', '--report')).stdout;
    return [
      {
        name: 'restore_s',
        value: round(whole),
        unit: 's',
        target: { atMost: 300 },
        seen: {
          visits,
          rows: Object.values(counts).reduce((sum, count) => sum + count, 0),
          backup_s: round(backup),
          command_s: round(command),
          said: stdout.split('\n').filter(Boolean).length,
          named: report.split('\n').filter((line) => /^ {2}\S/.test(line)).length,
        },
      },
    ];
  } finally {
    await owner.destroy();
  }
}

function settingsOf({ ground, folder }: Product): NodeJS.ProcessEnv {
  const secret = join(folder, 'backup-passphrase');
  mkdirSync(join(folder, 'backups'), { recursive: true });
  writeFileSync(secret, 'a passphrase of the bench alone', { mode: 0o600 });
  return {
    ...process.env,
    DATABASE_OWNER_URL: ground.ownerUrl,
    ENGINE_DATABASE_FILE: engineFile(ground.folder),
    BACKUP_KEYS: join(folder, 'keys'),
    BACKUP_PASSPHRASE_FILE: secret,
  };
}

const kept = [
  'visitor',
  'person',
  'consent',
  'reservation',
  'submission',
  'reservation_person',
  'task',
  'pass',
  'audit',
];

async function rowsOf(owner: Product['owner']): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const table of kept) found[table] = Number((await owner(table).count('* as n').first())?.n);
  return found;
}

/** @throws Error naming what was acknowledged before the backup and is not there */
async function refuseLosses(
  owner: Product['owner'],
  { counts, asked, after }: { counts: Record<string, number>; asked: string[]; after: string[] },
): Promise<void> {
  const now = await rowsOf(owner);
  for (const table of kept) {
    if ((now[table] ?? 0) < (counts[table] ?? 0))
      throw new Error(`${table} has ${now[table]} rows of ${counts[table]}`);
  }
  const waits = await owner('reservation').whereIn('id', asked).whereNot({ stage: 'closed' });
  if (waits.length !== asked.length) throw new Error(`${waits.length} of ${asked.length} visits in flight are there`);
  const late = await owner('reservation').whereIn('id', after);
  if (late.length > 0) throw new Error('A visit of after the backup is there');
}
