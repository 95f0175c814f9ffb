import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePortBase } from '../testing/launched.ts';
import { until } from '../testing/until.ts';
import { engineAtHand } from './embedded/engine.ts';

let folder: string;
let clone: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-fresh-'));
  chmodSync(folder, 0o755);
  clone = join(folder, 'clone');
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  await promisify(execFile)('git', ['clone', '--quiet', '.', clone]);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Nothing of this machine's caches, language or npm settings. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const kept = ['PATH', 'NODE_EXTRA_CA_CERTS', 'https_proxy', 'http_proxy', 'no_proxy'];
  const own = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return { ...own, HOME: join(folder, 'home'), npm_config_ignore_scripts: 'true', TEMPORAL_CLI: engineAtHand() };
}

it('npm start in a fresh clone with an empty home and ignored scripts shows its screen, and stops', async () => {
  const portBase = await freePortBase();
  const child = spawn('npm', ['start', '--', '--port-base', String(portBase)], { cwd: clone, env: bareEnvironment() });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    await until(() => said.includes('is ready') || child.exitCode !== null, 'the screen', 400);
    expect(said).toMatch(/Installing the dependencies .*done in \d+ s/s);
    expect(said).toContain('is ready');
  } finally {
    child.kill('SIGTERM');
  }
  await ended;
  expect(said).toContain('Stopped.');
});

it('a registry that hangs ends in one sentence', async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const registry = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const env = { ...bareEnvironment(), npm_config_registry: registry };
  try {
    const failure = await promisify(execFile)('node', ['bin/start.mjs'], { cwd: clone, env }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr).toContain(`The npm registry ${registry} cannot be used (no answer within 10 s)`);
  } finally {
    silent.close();
  }
});
