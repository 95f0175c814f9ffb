import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';

export interface Around {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  minutes?: number;
  /** What it reads. */
  typed?: string | undefined;
}

/** Runs a command of this machine. @throws Error with the end of what it said. */
export async function run(
  file: string,
  args: string[],
  { env, cwd, minutes = 10, typed }: Around = {},
): Promise<string> {
  try {
    const running = promisify(execFile)(file, args, {
      env: { ...process.env, ...env },
      cwd,
      timeout: minutes * 60_000,
      maxBuffer: 64 * 1024 * 1024,
    });
    if (typed !== undefined) running.child.stdin?.end(typed);
    return (await running).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(' ')}: ${`${stdout}\n${stderr}`.trim().slice(-3_000)}`, { cause: error });
  }
}

/** Whether the machine has a command of that name. */
export function isThere(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
