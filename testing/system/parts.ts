import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';
import type { PartName } from './settings.ts';

/** One running process of the product, or its counterpart inside the test's own. */
export interface Part {
  /** In order, as at SIGTERM. @returns its exit code where it runs apart; null when it was killed */
  stop(): Promise<number | null | undefined>;
  /** kill -9; only of a part that runs apart. */
  kill(): Promise<unknown>;
  /** Brings it back after `stop` or `kill`, on the same ports with the same settings. */
  start(): Promise<void>;
}

export interface PartPlan {
  name: PartName;
  /** The folder of another release; these sources where it is left out. */
  sources?: string;
  env: Record<string, string>;
  /** Where standard output and errors go when it runs apart. */
  logFile: string;
  /** Answers 200 once the part can do its main job. */
  readyUrl: string;
}

const top = fileURLToPath(new URL('../..', import.meta.url));

/** As a child process of `bin/`, as the launcher starts it: it can be killed and looked at from outside. */
export function partApart(plan: PartPlan): Part {
  let child: ChildProcess | undefined;
  return {
    async start() {
      child = spawnPart(plan);
      await untilStarted(child, plan);
    },
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

/** The channel to us ends the part when we are gone, however we ended. */
function spawnPart({ name, env, logFile, sources = top }: PartPlan): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    return spawn(process.execPath, ['--no-warnings', join(sources, 'bin', `${name.split('-')[0]}.ts`)], {
      cwd: sources,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', log, log, 'ipc'],
    });
  } finally {
    closeSync(log);
  }
}

async function untilStarted(child: ChildProcess, { name, logFile }: PartPlan): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      // A device has no end.
      const said = statSync(logFile).isFile() ? readFileSync(logFile, 'utf8').slice(-2_000) : '';
      reject(new Error(`${name} ended with ${code ?? signal} before it had started: ${said}`));
    });
  });
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<number | null | undefined> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode;
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill(signal);
  return gone;
}

/** Waits until a started part can do its main job: a worker polls, a gate knows its campus. */
export async function untilReady({ name, readyUrl }: PartPlan): Promise<void> {
  await until(
    async () => {
      const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(3_000) });
      const said = await answer.text();
      if (!answer.ok) throw new Error(said);
      return true;
    },
    `${name} is ready`,
    60,
  );
}

/** In the test's own process: quick to start, and the test reads what it likes. */
export function partInside(start: () => Promise<{ stop(): Promise<void> }>): Part {
  let running: { stop(): Promise<void> } | undefined;
  return {
    async start() {
      running = await start();
    },
    async stop() {
      await running?.stop();
      running = undefined;
      return undefined;
    },
    kill: () => Promise.reject(new Error('Only a part that runs apart can be killed')),
  };
}
