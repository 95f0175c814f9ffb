import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { findGo } from '../../bin/embedded/build-engine.ts';
import { cacheFolder } from '../../bin/prepare/cache.mjs';
import { isThere, run } from './command.ts';

/** Containers by podman, with a store of their own: whoever else uses podman on this machine sees none of them. */

/** What this machine lacks to build and run the compose file: no image is fetched from anywhere. Empty where it can. */
export function lackingForContainers(): string[] {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return ['Linux as root'];
  const programs = ['podman', 'runc', 'iptables', 'debootstrap', 'python3'].filter((name) => !isThere(name));
  const parts = ['netavark', 'aardvark-dns'].filter((name) => !existsSync(join('/usr/lib/podman', name)));
  return [...programs, ...parts, ...(findGo() === undefined ? ['go'] : [])];
}

const store = join(cacheFolder(), 'containers');
/** What podman keeps until the machine starts again: no folder of a test, and short, as sockets lie there. */
const running = '/run/xiaomen-containers';
const files = {
  'containers.conf': `[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
tmp_dir = "${running}/libpod"
[network]
network_config_dir = "${join(store, 'networks')}"
`,
  'storage.conf': `[storage]
driver = "${layers()}"
graphroot = "${join(store, 'storage')}"
runroot = "${running}/storage"
`,
};

/** Layers over each other where the kernel can lay them on this folder, else a copy of everything for each. */
function layers(): 'overlay' | 'vfs' {
  const overlay = 0x794c7630;
  return statfsSync(cacheFolder()).type === overlay ? 'vfs' : 'overlay';
}

const env = {
  CONTAINERS_CONF: join(store, 'containers.conf'),
  CONTAINERS_STORAGE_CONF: join(store, 'storage.conf'),
  BUILDAH_ISOLATION: 'chroot',
  // The other format knows no health checks.
  BUILDAH_FORMAT: 'docker',
};

/** Commands that run beside each other read them: what is right already stays untouched. */
function writeSettings(): void {
  mkdirSync(store, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const file = join(store, name);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
  }
}

/** Whoever shares the machine goes before what is built. */
const politely = (command: string[]) => (command[1] === 'build' ? ['-n', '10', ...command] : ['-n', '0', ...command]);

/** @throws Error with what podman said */
export function podman(...args: string[]): Promise<string> {
  writeSettings();
  return run('nice', politely(['podman', ...args]), { env, minutes: 30 });
}

/** Everything that a container wrote, errors too. */
export const logsOf = (container: string): Promise<string> =>
  run('sh', ['-c', 'exec podman logs "$0" 2>&1', container], { env });

/** Everything of this store, images too; containers are gone before. */
export async function removeStore(): Promise<void> {
  await podman('rmi', '--all', '--force');
  for (const folder of [store, running]) rmSync(folder, { recursive: true, force: true });
}

/** `podman-compose`, which a compose file needs beside podman; fetched once a machine. */
const composeVersion = '1.6.0';

/** @param folder where the compose file and its `.env` are */
export const compose = (folder: string, ...args: string[]): Promise<string> => composeTyped(folder, args, undefined);

/** @param typed what the command reads */
export async function composeTyped(folder: string, args: string[], typed: string | undefined): Promise<string> {
  const place = join(cacheFolder(), `podman-compose-${composeVersion}`);
  const file = join(place, 'bin/podman-compose');
  if (!existsSync(file)) {
    await run('python3', ['-m', 'venv', place]);
    await run(join(place, 'bin/pip'), ['install', '--quiet', `podman-compose==${composeVersion}`]);
  }
  writeSettings();
  // What `.env` says counts, and nothing of this process.
  const said = Object.keys(parseEnv(readFileSync(join(folder, '.env'), 'utf8')));
  const unset = Object.fromEntries(said.map((name) => [name, undefined]));
  return run('nice', politely([file, ...args]), { env: { ...unset, ...env }, cwd: folder, minutes: 30, typed });
}
