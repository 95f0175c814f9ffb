import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFree } from '../bin/embedded/ports.ts';
import { commandOf, identityOf } from '../bin/embedded/process-identity.ts';
import { until } from './until.ts';

/** A whole `npm start` under test, on a data folder and ports of its own. */
export interface Launched {
  process: ChildProcess;
  portBase: number;
  /** What it has said so far. */
  said(): string;
  /** Process numbers of its parts, by name; PostgreSQL and the engine are the servers themselves. */
  pids(): Record<string, number>;
  ended: Promise<number | null>;
}

/** Starts the launcher and waits for its screen. */
export async function launch(data: string, portBase: number, command = ['bin/launch.ts']): Promise<Launched> {
  const [script = '', ...args] = command;
  const child = spawn(process.execPath, [script, ...args, '--data', data, '--port-base', String(portBase)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, npm_lifecycle_event: '' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text) => {
      output += text;
    });
  }
  let exit: number | null | undefined;
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      exit = code;
      resolve(code);
    });
  });
  await until(() => /is ready|not ready yet/.test(output) || exit !== undefined, 'the launcher shows its screen', 120);
  if (!output.includes('is ready')) throw new Error(`The launcher ended with ${exit}: ${output}`);
  return { process: child, portBase, said: () => output, pids: () => pidsIn(join(data, 'run')), ended };
}

export function pidsIn(run: string): Record<string, number> {
  const entries = readdirSync(run)
    .filter((file) => file.endsWith('.pid'))
    .map((file) => JSON.parse(readFileSync(join(run, file), 'utf8')) as { name: string; pid: number });
  return Object.fromEntries(entries.map(({ name, pid }) => [name, pid]));
}

/** Every living process that descends from this one or names this folder. */
export function processesOf(data: string, known: number[]): string[] {
  const living = known.filter((pid) => identityOf(pid) !== undefined);
  const others = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const naming = others.map(Number).filter((pid) => commandOf(pid).includes(data));
  return [...new Set([...living, ...naming])].map((pid) => `${pid} ${commandOf(pid).slice(0, 120)}`);
}

/** The first of eleven ports in a row that are free, below those that connections take at random. */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = 20_000 + Math.floor(Math.random() * 9_000);
    const free = await Promise.all(Array.from({ length: 14 }, (_, n) => isFree(base + n)));
    if (free.every(Boolean)) return base;
  }
}
