import { createHash, randomUUID } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openToEverybody, unprivilegedAccount } from '../embedded/account.ts';
import { makeOwnFolder } from '../embedded/postgres-binaries.ts';
import { cacheFolder } from '../prepare/cache.mjs';
import { top } from '../prepare/machine.mjs';

/** Where everything of one installation lies. */
export type Folders = {
  data: string;
  keys: string;
  logs: string;
  /** Numbers of the processes that run now. */
  run: string;
  postgres: string;
  temporal: string;
  gates: string;
  /** Bundled workflows. */
  bundles: string;
};

const inner = ['keys', 'logs', 'run', 'temporal', 'gates', 'bundles'];

/** @throws Error with a sentence for people when nothing can be written there */
export function makeFolders(chosen: string | undefined): Folders {
  const data = chosen ?? (onWindowsDisk(top) ? join(cacheFolder(), `data-${fingerprint(top)}`) : join(top, '.data'));
  const inside = (name: string) => join(data, name);
  try {
    mkdirSync(data, { recursive: true });
    for (const name of inner) mkdirSync(inside(name), { recursive: true, mode: 0o700 });
    // What is there already may belong to another account, as after a start under sudo.
    for (const folder of [data, ...inner.map(inside)])
      accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Error(
      `The folder ${data} cannot be written to (${(error as NodeJS.ErrnoException).code}): clone Xiaomen into a folder of your own, or choose another with --data.`,
    );
  }
  return {
    data,
    keys: inside('keys'),
    logs: inside('logs'),
    run: inside('run'),
    temporal: inside('temporal'),
    gates: inside('gates'),
    bundles: inside('bundles'),
    postgres: postgresFolder(data),
  };
}

/** WSL shows Windows disks below /mnt; modes and locks do not work there. */
function onWindowsDisk(folder: string): boolean {
  if (process.platform !== 'linux' || !/^\/mnt\/[a-z]\//.test(folder)) return false;
  return /microsoft/i.test(readFileSync('/proc/version', 'utf8'));
}

/**
 * Under root the cluster belongs to `nobody`, who cannot go below a home of mode 700: then it lies
 * under /var/tmp, in a folder that this installation knows by a random name.
 */
function postgresFolder(data: string): string {
  if (!unprivilegedAccount() || openToEverybody(data)) return join(data, 'postgres');
  const nameFile = join(data, 'postgres-elsewhere');
  if (!existsSync(nameFile)) writeFileSync(nameFile, `data-${randomUUID()}`);
  const shelf = '/var/tmp/xiaomen-0';
  makeOwnFolder(shelf, 0);
  return join(shelf, readFileSync(nameFile, 'utf8').trim());
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
