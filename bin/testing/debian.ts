import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { progress } from '../prepare/progress.mjs';

/** Only root on a Debian-like machine installs packages unasked. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

/** @returns whether apt says that they are installed now */
export async function installPackages(names: string[]): Promise<boolean> {
  return progress(`Installing ${names.join(', ')} with apt`, async () => {
    const patience = [
      '-o',
      'Acquire::http::Timeout=10',
      '-o',
      'Acquire::https::Timeout=10',
      '-o',
      'Acquire::Retries=1',
    ];
    await aptGet([...patience, 'update']);
    return aptGet([...patience, 'install', '--yes', '--no-install-recommends', ...names]);
  });
}

function aptGet(args: string[]): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('apt-get', args, {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}
