import { chmodSync, chownSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Office } from './env-entries.ts';

/**
 * Of each process one that no other process has; numbers need no entry in the machine's list of accounts. Backups are root's,
 * since they hold the keys of all.
 */
const apart = { web: '10001:10001', worker: '10002:10002', gate: '10003:10003', door: '10005:10005', backup: '0:0' };

/** Only root may give files away; for anybody else every process runs as they do. */
export function accountsHere(): Office['accounts'] {
  const user = process.getuid?.() ?? 0;
  if (user === 0) return apart;
  const own = `${user}:${process.getgid?.() ?? user}`;
  return { web: own, worker: own, gate: own, door: own, backup: own };
}

/** Makes the folder, and what is in it, readable by that account alone. */
export function giveTo(account: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [user = 0, group = 0] = account.split(':').map(Number);
  const isRoot = process.getuid?.() === 0;
  const give = (path: string, mode: number) => {
    chmodSync(path, mode);
    if (isRoot) chownSync(path, user, group);
  };
  give(folder, 0o700);
  for (const name of readdirSync(folder)) give(join(folder, name), 0o600);
}
