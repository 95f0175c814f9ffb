import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../until.ts';
import type { PartName } from './settings.ts';

/** One running process of the product, or what stands for it inside the test's own. */
export interface Part {
  /** In order, as at SIGTERM. */
  stop(): Promise<void>;
  /** kill -9; only of a part that runs apart. */
  kill(): Promise<void>;
  /** Brings it back after `stop` or `kill`, on the same ports with the same settings. */
  start(): Promise<void>;
}

export interface PartPlan {
  name: PartName;
  env: Record<string, string>;
  /** Where standard output and errors go when it runs apart. */
  logFile: string;
  /** Answers once the part can do its main job. */
  readyUrl: string;
}

const top = fileURLToPath(new URL('../..', import.meta.url));

/** As a child process of `bin/`, as the launcher starts it: it can be killed and looked at from outside. */
export function partApart(plan: PartPlan): Part {
  let child: ChildProcess | undefined;
  return {
    async start() {
      child = spawnPart(plan);
      const own = child;
      await until(() => isReady(plan, own), `${plan.name} is ready (see ${plan.logFile})`, 60);
    },
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
  };
}

function spawnPart({ name, env, logFile }: PartPlan): ChildProcess {
  const log = openSync(logFile, 'a');
  try {
    return spawn(process.execPath, ['--no-warnings', join(top, 'bin', `${name.split('-')[0]}.ts`)], {
      cwd: top,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'UTC', ...env },
      stdio: ['pipe', log, log],
    });
  } finally {
    closeSync(log);
  }
}

class PartEnded extends Error {}

async function isReady({ name, readyUrl, logFile }: PartPlan, child: ChildProcess): Promise<boolean> {
  if (child.exitCode !== null || child.signalCode !== null) {
    throw new PartEnded(`${name} ended with ${child.exitCode ?? child.signalCode}: see ${logFile}`);
  }
  const answer = await fetch(readyUrl, { signal: AbortSignal.timeout(3_000) });
  await answer.body?.cancel();
  return answer.ok;
}

async function end(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
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
    },
    kill: () => Promise.reject(new Error('Only a part that runs apart can be killed')),
  };
}
