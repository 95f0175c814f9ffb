import { createHash, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { failureConverterPath } from '../platform/codec.ts';
import type { Log } from '../platform/log.ts';

/**
 * The workflows as one script, as a worker runs them. Bundling costs seconds of a core: with a folder it is done once for
 * all workers that run exactly these sources; others make their own beside it.
 *
 * @param folder a process that may write there decides what workers run
 */
export async function bundleWorkflows(log: Log, folder?: string): Promise<{ code: string }> {
  if (!folder) return bundle(log);
  const file = join(folder, `${await fingerprintSources()}.js`);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return { code: kept };
  const { code } = await bundle(log);
  await keep(folder, file, code).catch((err: unknown) => log.warn({ err }, 'the bundled workflows cannot be kept'));
  return { code };
}

/**
 * The bundler's compiler unpacks itself onto the disk before its first work on a machine, some 30 MB under the home or the
 * temporary folder. Where neither takes them it unpacks itself into memory: a full disk keeps no worker from starting.
 */
async function bundle(log: Log): Promise<{ code: string }> {
  try {
    return await bundleOnce(log);
  } catch (error) {
    const memory = await mkdtemp('/dev/shm/xiaomen-').catch(() => undefined);
    if (!memory) throw error;
    log.warn({ err: error }, 'the workflows are bundled once more, without the disk');
    const before = process.env[compilerFolder];
    process.env[compilerFolder] = memory;
    try {
      return await bundleOnce(log);
    } finally {
      if (before === undefined) delete process.env[compilerFolder];
      else process.env[compilerFolder] = before;
      await rm(memory, { recursive: true, force: true });
    }
  }
}

/** The variable that tells the compiler where to unpack itself. */
const compilerFolder = 'SWC_NATIVE_BINDING_CACHE';

const bundleOnce = (log: Log): Promise<{ code: string }> =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/all.ts', import.meta.url)),
    failureConverterPath,
    logger: quietLogger(log),
  });

/** Whole or not at all: another worker may read it now. */
async function keep(folder: string, file: string, code: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = `${file}.${randomUUID()}`;
  await writeFile(beside, code);
  await rename(beside, file);
}

/** A digest of everything that goes into the bundle, and the build id of a release: our sources, and the versions of packages. */
export async function fingerprintSources(): Promise<string> {
  const hash = createHash('sha256');
  const rooms = await Promise.all(['workflows', 'domain'].map(sourcesOf));
  for (const file of [failureConverterPath, new URL('../package-lock.json', import.meta.url), ...rooms.flat()]) {
    hash.update(await readFile(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 32);
}

async function sourcesOf(room: string): Promise<string[]> {
  const folder = fileURLToPath(new URL(`../${room}`, import.meta.url));
  const names = await readdir(folder, { recursive: true });
  return names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .toSorted()
    .map((name) => join(folder, name));
}

/** The bundler tells every module it reads; only its faults are worth a line. */
function quietLogger(log: Log) {
  const quiet = () => {};
  return {
    log: quiet,
    trace: quiet,
    debug: quiet,
    info: quiet,
    warn: () => log.warn('the workflow bundler warns'),
    error: () => log.error('the workflows cannot be bundled'),
  };
}
