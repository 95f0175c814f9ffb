import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { type GuardedCommand, STOP_GRACE_MS } from './guarded.ts';
import { identityOf } from './process-identity.ts';

/**
 * A tiny process between the launcher and a server that knows nothing of us (PostgreSQL, Temporal).
 * It holds a pipe from the launcher: when that closes, however the launcher ended, the server is
 * told to stop and, if it does not, killed.
 */
const command = JSON.parse(process.argv[2] ?? '{}') as GuardedCommand;
const child = spawn(command.file, command.args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  env: command.env,
  cwd: command.folder,
  ...(command.account ?? {}),
});

child.on('error', (error) => {
  console.error(`${command.name} did not start: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  rmSync(command.pidFile, { force: true });
  if (stopping) process.exit(0);
  if (signal === null) process.exit(code ?? 1);
  // We end as it ended, so that the launcher can say why.
  console.error(`${command.name} was ended by ${signal}`);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
if (child.pid !== undefined) {
  writeFileSync(
    command.pidFile,
    JSON.stringify({ name: command.name, pid: child.pid, identity: identityOf(child.pid) }),
  );
}

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  child.kill(command.stopSignal);
  setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
}
process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('SIGHUP', stop);
