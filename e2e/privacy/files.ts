import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from './markers.ts';

/** Files as they lie on the disk, those of a folder with everything below it. */
export function readFiles(paths: readonly string[]): Source[] {
  return paths.map((path) => ({ where: path, bytes: readFileSync(path) }));
}

export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
