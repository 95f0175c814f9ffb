import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './machine.mjs';

/**
 * Where a fetched Node and engine live, by version and checksum, so that a second clone of the same
 * person finds them. A machine without a usable home keeps them in the clone.
 *
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string}
 */
export function cacheFolder(env = process.env) {
  const home = env.HOME;
  const wanted = env.XDG_CACHE_HOME
    ? join(env.XDG_CACHE_HOME, 'xiaomen')
    : home && join(home, ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']), 'xiaomen');
  return wanted && canHold(wanted) ? wanted : join(top, '.data', 'cache');
}

/** @param {string} folder */
function canHold(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
