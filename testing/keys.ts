import { join } from 'node:path';
import { type DemoKeys, readGateKeys, readWebKeys, readWorkerKeys, writeDemoKeys } from '../platform/keys.ts';
import { temporaryFolder } from './folder.ts';

/**
 * Keys as the launcher makes them for a clone, in a temporary folder that goes with the process:
 * `folders` for processes started by a test, the rest as those processes would have read them.
 */
export async function testKeys(gateIds: readonly string[] = ['south', 'east']) {
  const folder = temporaryFolder('xiaomen-keys-');
  const folders: DemoKeys = await writeDemoKeys(folder, gateIds);
  return {
    folders,
    web: readWebKeys(folders.web),
    worker: readWorkerKeys(folders.worker),
    gate: (id: string) => readGateKeys(join(folder, `gate-${id}`)),
  };
}
