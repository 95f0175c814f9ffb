import { spawn } from 'node:child_process';
import { top } from './machine.mjs';

/** A host that cannot be reached may hang instead of refusing. */
const PROBE_MS = 10_000;

/**
 * Runs the npm that runs us, with the user's own configuration (registry, proxy, certificates).
 *
 * @param {string[]} args
 * @param {{ limit?: number, folder?: string, onOutput?: (text: string) => void }} [options] `limit` in ms
 * @returns {Promise<{ ok: boolean, output: string, lastLines: string }>}
 */
export function npm(args, { limit, folder = top, onOutput } = {}) {
  const own = process.env.npm_execpath;
  const [file, first] = own && /\.c?js$/.test(own) ? [process.execPath, [own]] : ['npm', []];
  return new Promise((resolve) => {
    const child = spawn(file, [...first, ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment(),
    });
    const timer = limit && setTimeout(() => child.kill('SIGKILL'), limit);
    let output = '';
    let errors = '';
    child.stdout.on('data', (data) => {
      output += data;
    });
    child.stderr.on('data', (data) => {
      errors += data;
      onOutput?.(String(data));
    });
    const finish = (/** @type {boolean} */ ok) => {
      clearTimeout(timer || undefined);
      resolve({ ok, output, lastLines: errors.trim().split('\n').slice(-12).join('\n') });
    };
    child.on('error', (error) => {
      errors += error.message;
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

/** What an outer "npm start --x" put into the environment for its own run is not for ours. */
function environment() {
  const { npm_config_global, npm_config_prefix, npm_config_omit, npm_config_dry_run, ...env } = process.env;
  return env;
}

/**
 * Why the registry does not hand out a package, undefined when it does. It has ten seconds.
 *
 * @param {string} name any package with version, such as zod@4.6.7
 * @returns {Promise<string | undefined>}
 */
export async function registryFault(name) {
  const began = Date.now();
  const { ok, lastLines } = await npm(['view', name, 'version', '--fetch-retries=0', '--prefer-online'], {
    limit: PROBE_MS,
  });
  if (ok) return undefined;
  if (Date.now() - began >= PROBE_MS) return `no answer within ${PROBE_MS / 1000} s`;
  return /npm (?:error|ERR!) code (\S+)/.exec(lastLines)?.[1] ?? 'it refuses';
}

export async function registryName() {
  const { output } = await npm(['config', 'get', 'registry'], { limit: PROBE_MS });
  return output.trim() || 'of npm';
}
