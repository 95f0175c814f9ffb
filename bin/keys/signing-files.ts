import { readFileSync } from 'node:fs';
import { generatePair, type SigningFile } from '../../platform/key-making.ts';
import { type KeyFiles, writeKeyFiles } from './key-file.ts';

/** Files of keys that sign what gates read. Ids are numbers; one is never used twice. */
export function signingFiles(paths: string[]): KeyFiles {
  const read = () => JSON.parse(readFileSync(paths[0] ?? '', 'utf8')) as SigningFile;
  const nextOf = ({ current, keys }: SigningFile) => Object.keys(keys).find((kid) => Number(kid) > current);
  return {
    inUse() {
      const file = read();
      return { current: String(file.current), next: nextOf(file) };
    },
    addNext(number) {
      const file = read();
      const kid = nextOf(file) ?? String(number ?? file.current + 1);
      file.keys[kid] ??= generatePair('ed25519');
      writeKeyFiles(paths, file);
      return kid;
    },
    useNext() {
      const file = read();
      const next = nextOf(file);
      if (!next) throw new Error('There is no next key yet');
      writeKeyFiles(paths, { ...file, current: Number(next) });
    },
  };
}

/** Nobody signs with it any more, and no gate's folder that is made from now on names it. */
export function dropSigningKey(path: string, kid: number): void {
  const file = JSON.parse(readFileSync(path, 'utf8')) as SigningFile;
  if (kid === file.current || !Object.hasOwn(file.keys, String(kid))) return;
  const keys = Object.fromEntries(Object.entries(file.keys).filter(([id]) => id !== String(kid)));
  writeKeyFiles([path], { ...file, keys });
}

/** Ids that sign no more, and that gates still believe. */
export function formerIn(path: string): number[] {
  const { current, keys } = JSON.parse(readFileSync(path, 'utf8')) as SigningFile;
  return Object.keys(keys)
    .map(Number)
    .filter((kid) => kid < current);
}
