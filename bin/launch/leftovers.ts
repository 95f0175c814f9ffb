import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '../embedded/process-identity.ts';

type NotedProcess = { name: string; pid: number; identity: string };

/** Notes a process that must not outlive us, so that the next start finds it if it does. */
export function notePid(run: string, name: string, pid: number): void {
  writeFileSync(join(run, `${name}.pid`), JSON.stringify({ name, pid, identity: identityOf(pid) }));
}

export function forgetPid(run: string, name: string): void {
  rmSync(join(run, `${name}.pid`), { force: true });
}

/** The launcher that runs on this data now, if one does. */
export function runningLauncher(run: string): number | undefined {
  const kept = alive(run).find(({ name }) => name === 'launcher');
  return kept?.pid;
}

/**
 * Ends what a crash left behind: first asks, after three seconds insists. A number that now belongs
 * to somebody else's process is left alone.
 *
 * @returns the names of what was ended
 */
export async function endLeftovers(run: string): Promise<string[]> {
  const left = alive(run).filter(({ pid }) => pid !== process.pid);
  // PostgreSQL takes SIGQUIT as "at once, with everything that is yours".
  for (const one of left) signal(one, one.name === 'postgres' ? 'SIGQUIT' : 'SIGTERM');
  if (!(await allGone(left, 3_000))) {
    for (const one of left) signal(one, 'SIGKILL');
    await allGone(left, 5_000);
  }
  for (const file of readdirSync(run)) if (file.endsWith('.pid')) rmSync(join(run, file), { force: true });
  return left.map(({ name }) => name);
}

function alive(run: string): NotedProcess[] {
  return readdirSync(run)
    .filter((file) => file.endsWith('.pid'))
    .flatMap((file) => {
      try {
        const kept = JSON.parse(readFileSync(join(run, file), 'utf8')) as NotedProcess;
        return isTheSame(kept) ? [kept] : [];
      } catch {
        return [];
      }
    });
}

function isTheSame({ pid, identity }: NotedProcess): boolean {
  return Number.isInteger(pid) && pid > 1 && identity !== undefined && identityOf(pid) === identity;
}

function signal(one: NotedProcess, name: NodeJS.Signals): void {
  if (!isTheSame(one)) return;
  try {
    process.kill(one.pid, name);
  } catch {
    // It ended in between.
  }
}

async function allGone(left: NotedProcess[], patience: number): Promise<boolean> {
  const deadline = Date.now() + patience;
  while (left.some(isTheSame)) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
