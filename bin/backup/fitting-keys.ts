import { ofSecret } from '../../platform/key-fingerprints.ts';
import { ringIn } from '../../platform/keys.ts';
import { neededForGood } from '../../store/keys/key-fit.ts';
import { printsIn } from '../keys/fingerprint.ts';
import type { Manifest } from './manifest.ts';
import type { SealedFile } from './sealed-keys.ts';

/** Whether keys open what the application's database was written with. */

type Fingerprints = Manifest['application']['fingerprints'];

/** @throws Error naming the first key that the database was written with and this folder does not hold */
export function checkKeys(fingerprints: Fingerprints, folder: string): void {
  refuseMissing(fingerprints, folder, (kind) => printsIn(folder, kind));
}

/** @throws Error naming the first one that the backup does not hold, before any file is written */
export function checkSealedKeys(fingerprints: Fingerprints, files: SealedFile[]): void {
  refuseMissing(fingerprints, 'keys.sealed of the backup', (kind) => {
    const file = files.find(({ path }) => path === `web/${kind}.json`);
    if (!file) return {};
    const { keys } = ringIn(kind, Buffer.from(file.content, 'base64').toString());
    return Object.fromEntries(Object.entries(keys).map(([kid, key]) => [kid, ofSecret(kind, key)]));
  });
}

function refuseMissing(
  fingerprints: Fingerprints,
  where: string,
  heldOf: (kind: (typeof neededForGood)[number]) => Record<string, string>,
): void {
  for (const kind of neededForGood) {
    const held = heldOf(kind);
    const missing = Object.entries(fingerprints[kind] ?? {}).find(([kid, print]) => held[kid] !== print);
    if (!missing) continue;
    const [kid, print] = missing;
    throw new Error(
      `${where} lacks key ${kid} of ${kind}.json with fingerprint ${print}: these are not the keys of this database`,
    );
  }
}
