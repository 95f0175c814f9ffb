import { join } from 'node:path';
import { fingerprintsOf } from '../../platform/key-fingerprints.ts';
import { readWebKeys, readWorkerKeys } from '../../platform/keys.ts';
import type { LiveKind } from '../../platform/live-keys.ts';

/** Fingerprints of one kind below the folder of an installation's keys, by id. */
export function printsIn(folder: string, kind: LiveKind): Record<string, string> {
  const keys = kind === 'pass' ? readWorkerKeys(join(folder, 'worker')) : readWebKeys(join(folder, 'web'));
  return fingerprintsOf(keys).prints[kind] ?? {};
}

export function fingerprintIn(folder: string, kind: LiveKind, kid: string): string {
  const print = printsIn(folder, kind)[kid];
  if (!print) throw new Error(`There is no key ${kid} in ${kind}.json below ${folder}`);
  return print;
}
