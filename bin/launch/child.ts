import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { top } from '../prepare/machine.mjs';
import { forgetPid, notePid } from './leftovers.ts';
import type { Part, Running } from './supervisor.ts';

export type ChildPlan = {
  name: string;
  /** A script in bin/. */
  script: string;
  env: Record<string, string>;
};

/** How long one of our processes may take to end in order before it is killed. */
const STOP_GRACE_MS = 5_000;
const START_PATIENCE_MS = 60_000;
const LARGEST_LOG = 10_000_000;

/** One of our own processes, as the supervisor keeps it: it ends by itself when its channel to us closes. */
export function childPart(plan: ChildPlan, folders: { logs: string; run: string }): Part {
  const logFile = logFileOf(folders.logs, plan.name);
  return {
    name: plan.name,
    logFile,
    async start(): Promise<Running> {
      const child = spawnChild(plan, logFile);
      if (child.pid !== undefined) notePid(folders.run, plan.name, child.pid);
      child.once('exit', () => forgetPid(folders.run, plan.name));
      await untilStarted(child, plan.name, logFile);
      return { process: child, stop: () => stopChild(child) };
    },
  };
}

/** The log of a process; one that has grown large makes room, and its predecessor goes. */
export function logFileOf(logs: string, name: string): string {
  const file = join(logs, `${name}.log`);
  if (existsSync(file) && statSync(file).size > LARGEST_LOG) renameSync(file, `${file}.1`);
  return file;
}

function spawnChild(plan: ChildPlan, logFile: string): ChildProcess {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(top, 'bin', plan.script)], {
      cwd: top,
      env: plan.env,
      stdio: ['ignore', log, log, 'ipc'],
      // Its own group: Ctrl-C reaches the launcher alone, which stops things in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

async function untilStarted(child: ChildProcess, name: string, logFile: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${name} did not start: ${why}`));
      child.once('message', () => resolve());
      child.once('error', (error) => fail(error.message));
      child.once('exit', () => fail(lastWords(logFile)));
      timer = setTimeout(
        () => fail(`nothing heard from it for ${START_PATIENCE_MS / 1000} s (log: ${logFile})`),
        START_PATIENCE_MS,
      );
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function lastWords(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  const said = lines.findLast((line) => line.includes('cannot start:')) ?? lines.at(-1) ?? '';
  return `${said.replace(/^.*cannot start: /, '').slice(0, 300)} (log: ${logFile})`;
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
  await gone;
  clearTimeout(timer);
}
