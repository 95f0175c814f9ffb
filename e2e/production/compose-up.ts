import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCompose } from '../../testing/compose-file.ts';
import { until } from '../../testing/until.ts';
import { compose, logsOf, podman, removeStore } from './podman.ts';

/** `docker-compose.yml` as it is, in a folder of its own: its image built, its services brought up, stopped and asked. */

const top = fileURLToPath(new URL('../..', import.meta.url));
const left = /^(node_modules|\.data|\.git|coverage)(\/|$)/;
const { services, volumes, networks } = readCompose();
/** What goes on running, without the jobs that end. */
export const runningServices = Object.keys(services).filter(
  (name) => services[name]?.restart === 'unless-stopped' && !services[name]?.profiles,
);
const containerOf = (service: string) => `xiaomen_${service}_1`;

/** The sources, as somebody has them who fetched them. */
export function copySources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-office-'));
  cpSync(top, folder, { recursive: true, filter: (path) => !left.test(relative(top, path)) });
  return folder;
}

/** @param folder the sources with their `.env` and keys */
export async function composeUp(folder: string): Promise<void> {
  // One of those that share it: each would build it anew.
  await compose(folder, 'build', 'web-1');
  await bringAllUp(folder);
}

export async function bringAllUp(folder: string): Promise<void> {
  for (const together of inOrder()) await bringUp(folder, together);
}

/** Podman runs no health checks by itself without systemd, so what waits for one in the file is waited for here. */
async function bringUp(folder: string, together: string[]): Promise<void> {
  await compose(folder, 'up', '--detach', '--no-deps', ...together);
  for (const service of together.filter((name) => services[name]?.restart === 'on-failure')) {
    const code = (await podman('wait', containerOf(service))).trim();
    if (code !== '0') throw new Error(`${service} ended with ${code}: ${await saidBy(service)}`);
  }
  if (together.includes('postgres')) await until(() => isWell('postgres'), 'postgres is well', 120);
}

/** Services that may begin together, each group behind those that it waits for; what runs by hand alone is left out. */
function inOrder(): string[][] {
  const groups: string[][] = [];
  let waiting = Object.keys(services).filter((name) => !services[name]?.profiles);
  while (waiting.length > 0) {
    const isHeldUp = (name: string) =>
      Object.keys(services[name]?.depends_on ?? {}).some((before) => waiting.includes(before));
    const next = waiting.filter((name) => !isHeldUp(name));
    if (next.length === 0) throw new Error(`These wait for each other: ${waiting.join(', ')}`);
    groups.push(next);
    waiting = waiting.filter(isHeldUp);
  }
  return groups;
}

/** Containers, volumes and networks of an earlier drill. */
export async function removeLeftOvers(): Promise<void> {
  const all = Object.keys(services).map(containerOf);
  // At the first try podman may find one that is just ending.
  const remove = ['rm', '--force', '--depend', '--ignore', '--time', '0', '--volumes', ...all];
  await until(() => podman(...remove).then(() => true), 'every container is removed', 120);
  for (const volume of Object.keys(volumes)) await podman('volume', 'rm', '--force', `xiaomen_${volume}`);
  for (const network of Object.keys(networks)) await podman('network', 'rm', '--force', `xiaomen_${network}`);
}

/** Removes everything, the folder too. */
export async function composeDown(folder: string): Promise<void> {
  await removeLeftOvers();
  await removeStore();
  rmSync(folder, { recursive: true, force: true });
}

export async function stop(service: string): Promise<void> {
  await podman('stop', '--time', '30', containerOf(service));
}
export async function start(service: string): Promise<void> {
  await podman('start', containerOf(service));
}
/** By the health check of the image or the file. @throws Error with what it said */
export async function assertWell(service: string): Promise<void> {
  await podman('healthcheck', 'run', containerOf(service)).catch(async (error) => {
    const log = ['inspect', containerOf(service), '--format', '{{json .State.Healthcheck.Log}}'];
    const said = await podman(...log).catch(() => '');
    throw new Error(`${service} is not well: ${said.slice(-500)}`, { cause: error });
  });
}
export const isWell = (service: string): Promise<boolean> =>
  assertWell(service).then(
    () => true,
    () => false,
  );
export const saidBy = (service: string): Promise<string> =>
  logsOf(containerOf(service)).catch((error: Error) => error.message);
/** Not counting the first time, nor when a drill did it. */
export const restartsOf = async (service: string): Promise<number> =>
  Number(await podman('inspect', containerOf(service), '--format', '{{.RestartCount}}'));
/** Beside what runs there. @returns what it said @throws Error where it failed, with what it said */
export const execIn = (service: string, command: string[], options: string[] = []): Promise<string> =>
  podman('exec', ...options, containerOf(service), ...command);

export async function addressOf(service: string, network: string): Promise<string> {
  const format = `{{(index .NetworkSettings.Networks "xiaomen_${network}").IPAddress}}`;
  return (await podman('inspect', containerOf(service), '--format', format)).trim();
}
