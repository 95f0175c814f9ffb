import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cacheFolder } from '../prepare/cache.mjs';

/** The last version that `go install` can build: server 1.29.1, Web UI 2.42.1. */
export const ENGINE_VERSION = '1.5.1';

export function cachedEngine(env = process.env): string {
  return join(cacheFolder(env), `temporal-${ENGINE_VERSION}-${process.platform}-${process.arch}`, 'temporal');
}

/** The engine's command line where it is there already: TEMPORAL_CLI, on PATH, or in the cache. */
export function engineAtHand(env = process.env): string | undefined {
  const named = env.TEMPORAL_CLI;
  if (named) {
    if (isExecutable(named)) return named;
    throw new Error(`TEMPORAL_CLI names ${named}, which is not there or cannot be run.`);
  }
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, 'temporal'));
  return [...onPath, cachedEngine(env)].find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return existsSync(file);
  } catch {
    return false;
  }
}
