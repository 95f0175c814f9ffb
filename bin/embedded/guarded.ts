import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.ts';
import { identityOf } from './process-identity.ts';

/** How long a server may take to end in order before it is killed; below the 10 s a stop may take. */
export const STOP_GRACE_MS = 4_000;

export type GuardedCommand = {
  name: string;
  file: string;
  args: string[];
  env: Record<string, string>;
  folder: string;
  account?: Account;
  stopSignal: NodeJS.Signals;
  /** Where the server's own process number is kept while it lives. */
  pidFile: string;
};

const guardian = fileURLToPath(new URL('./guardian.ts', import.meta.url));

/** Starts a foreign server under a guardian; closing the returned process's stdin stops it. */
export function startGuarded(command: GuardedCommand, logFile: string): ChildProcess {
  endLeftover(command.pidFile);
  const log = openSync(logFile, 'a');
  try {
    return spawn(process.execPath, ['--no-warnings', guardian, JSON.stringify(command)], {
      stdio: ['pipe', log, log],
      // Its own group: Ctrl-C reaches the launcher alone, which stops things in order.
      detached: true,
    });
  } finally {
    closeSync(log);
  }
}

/** Stops a guarded server and waits until its guardian is gone. */
export async function stopGuarded(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  await gone;
}

/**
 * Ends what a crash left behind, if the file names a process that is still the one it meant.
 *
 * @returns the name of what was ended.
 */
function endLeftover(pidFile: string): string | undefined {
  let kept: { name?: unknown; pid?: unknown; identity?: unknown };
  try {
    kept = JSON.parse(readFileSync(pidFile, 'utf8'));
  } catch {
    return undefined;
  }
  rmSync(pidFile, { force: true });
  if (typeof kept.pid !== 'number' || kept.identity === undefined || identityOf(kept.pid) !== kept.identity)
    return undefined;
  process.kill(kept.pid, 'SIGKILL');
  return String(kept.name);
}
