import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { top } from './machine.mjs';
import { npm, registryFault, registryName } from './npm.mjs';
import { progress } from './progress.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], link?: boolean }} Entry
 */

/**
 * Installs what package-lock.json says, when node_modules is absent or says otherwise. Install
 * scripts are left out: nothing we use needs them, and npm 12 would block them anyway.
 *
 * @param {{ folder?: string, progress?: boolean }} [options]
 * @throws {Error} with a sentence for people
 */
export async function installDependencies({ folder = top, progress: visible = true } = {}) {
  if (isInstalled(folder)) return;
  const fault = await registryFault('zod@4.6.7');
  const count = Object.keys(packagesOf(join(folder, 'package-lock.json'))).length;
  const flags = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit', '--no-fund'];
  if (fault) flags.push('--offline');
  const result = await progress(
    `Installing the dependencies (${count} packages${fault ? `, from the cache: the registry cannot be used, ${fault}` : ''})`,
    () => npm(flags, { folder }),
    { quiet: !visible },
  );
  if (result.ok) return;
  const registry = await registryName();
  throw new Error(
    !fault
      ? `The dependencies could not be installed from ${registry}:\n${result.lastLines}`
      : `The npm registry ${registry} cannot be used (${fault}) and the cache does not hold everything: connect to the network, or set another registry with "npm config set registry …", and run the same command again.`,
  );
}

/**
 * Whether every package of the lock that is meant for this machine is there in that version.
 *
 * @param {string} folder
 */
export function isInstalled(folder = top) {
  const kept = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(kept)) return false;
  const there = packagesOf(kept);
  return Object.entries(packagesOf(join(folder, 'package-lock.json'))).every(([path, wanted]) => {
    if (path === '' || !isForThisMachine(wanted)) return true;
    const found = there[path];
    // npm leaves out optional packages of its own accord, except those made for a machine like this.
    if (!found) return wanted.optional === true && !wanted.os && !wanted.cpu;
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/**
 * @param {string} file
 * @returns {Record<string, Entry>}
 */
function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return {};
  }
}

/** @param {Entry} entry */
function isForThisMachine({ os, cpu, libc }) {
  return fits(os, process.platform) && fits(cpu, process.arch) && (process.platform !== 'linux' || fits(libc, 'glibc'));
}

/**
 * @param {string[] | undefined} allowed names, or `!name`
 * @param {string} name
 */
function fits(allowed, name) {
  if (!allowed) return true;
  if (allowed.includes(`!${name}`)) return false;
  return allowed.includes(name) || allowed.every((one) => one.startsWith('!'));
}
