import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RingFile } from '../../platform/key-making.ts';
import { firstIndexKey } from '../../platform/keys.ts';
import { type LiveKind, nameOfSecret } from '../../platform/live-keys.ts';
import { type KeyFiles, type SessionFile, writeKeyFiles } from './key-file.ts';
import { signingFiles } from './signing-files.ts';

/** The files of one kind below the folder of an installation's keys, and what the next step makes of them. */

/** Whose folders hold a kind. */
const folders: Record<LiveKind, string[]> = {
  field: ['web', 'worker'],
  index: ['web', 'worker'],
  codec: ['web', 'worker'],
  session: ['web'],
  renewal: ['web'],
  feed: ['web'],
  pass: ['worker'],
};

export function keyFiles(folder: string, kind: LiveKind): KeyFiles {
  const paths = folders[kind].map((part) => join(folder, part, `${kind}.json`));
  for (const path of paths) if (!existsSync(path)) throw new Error(`${path} is missing: give the folder of all keys`);
  if (kind === 'session') return sessionFile(paths);
  return kind === 'field' || kind === 'index' || kind === 'codec' ? ringFiles(paths, kind) : signingFiles(paths);
}

function ringFiles(paths: string[], kind: 'field' | 'index' | 'codec'): KeyFiles {
  const number = (kid: string) => Number(kid.slice(1));
  const read = (): RingFile => {
    const file: RingFile | { key: string } = JSON.parse(readFileSync(paths[0] ?? '', 'utf8'));
    // An index.json of before names its one key nowhere.
    return 'key' in file ? { current: firstIndexKey, keys: { [firstIndexKey]: file.key } } : file;
  };
  const inUse = ({ current, keys }: RingFile) => ({
    current,
    next: Object.keys(keys).find((kid) => number(kid) > number(current)),
  });
  return {
    inUse: () => inUse(read()),
    addNext() {
      const file = read();
      const found = inUse(file).next;
      const kid = found ?? `${file.current.slice(0, 1)}${number(file.current) + 1}`;
      file.keys[kid] ??= randomBytes(32).toString('base64');
      // Nothing was ever sealed under it without saying for what.
      if (kind === 'codec') file.bound = [...new Set([...(file.bound ?? []), kid])];
      writeKeyFiles(paths, file);
      return kid;
    },
    useNext() {
      const file = read();
      const { current, next } = inUse(file);
      if (!next) throw new Error('There is no next key yet');
      // A gate's box holds what was derived from the key before; it gets another with new keys of its own.
      writeKeyFiles(paths, { ...file, current: next, ...(kind === 'codec' && { gates: file.gates ?? current }) });
    },
  };
}

function sessionFile(paths: string[]): KeyFiles {
  const read = () => JSON.parse(readFileSync(paths[0] ?? '', 'utf8')) as SessionFile;
  return {
    inUse() {
      const { secret, next } = read();
      return { current: nameOfSecret(secret), next: next && nameOfSecret(next) };
    },
    addNext() {
      const file = read();
      const next = file.next ?? randomBytes(32).toString('base64');
      writeKeyFiles(paths, { ...file, next });
      return nameOfSecret(next);
    },
    useNext() {
      const { secret, next, older = [] } = read();
      if (!next) throw new Error('There is no next secret yet');
      writeKeyFiles(paths, { secret: next, older: [secret, ...older] });
    },
  };
}
