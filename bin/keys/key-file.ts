import { renameSync, statSync, writeFileSync } from 'node:fs';
import type { GateKeyUse } from '../../domain/gate-keys.ts';
import type { generatePair, RingFile, SigningFile } from '../../platform/key-making.ts';

type Pair = ReturnType<typeof generatePair>;

/** What every kind of key file has in common when its key is replaced. */

export interface KeyFiles {
  /** The key that everybody works with, and the next one where it was added already. */
  inUse(): { current: string; next: string | undefined };
  /**
   * Everybody can open what it seals from now on, and nobody seals with it.
   * @param number of a key that gates read by, where none lies ready: one that nobody has seen
   * @returns its id
   */
  addNext(number?: number): string;
  /** The next one seals from now on; the one before still opens. */
  useNext(): void;
}

interface Keys {
  identity: Pair;
  sealing: Pair;
}

/** gate.json, of what matters here; the rest stays as it is. */
export type GateFile = Keys & { id: string; next?: Keys };

/** trust.json: what a gate believes before it has read its feed. */
export interface TrustFile {
  keys: { kid: number; use: GateKeyUse; public: string }[];
}

export interface SessionFile {
  secret: string;
  next?: string;
  older?: string[];
}

type KeyFile = RingFile | SessionFile | SigningFile | GateFile | TrustFile;

/** Each beside its place and renamed, so that nobody reads half of one; as readable as it was. */
export function writeKeyFiles(paths: string[], content: KeyFile): void {
  for (const path of paths) {
    writeFileSync(`${path}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: statSync(path).mode & 0o777 });
    renameSync(`${path}.new`, path);
  }
}
