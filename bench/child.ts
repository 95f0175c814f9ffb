import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * A TypeScript file of the bench as a process of its own; resolves at its first message (`{ready: true, …}`).
 * It dies with us: it exits when the channel closes.
 */
export async function startChild<Ready>(
  file: string,
  args: string[] = [],
): Promise<{ process: ChildProcess; ready: Ready; stop: () => Promise<void> }> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  const exited = once(child, 'exit');
  const early = exited.then(([code]) => {
    throw new Error(`${file} ended with ${String(code)} before it was ready`);
  });
  early.catch(() => {});
  const [ready] = (await Promise.race([once(child, 'message'), early])) as [Ready];
  return {
    process: child,
    ready,
    stop: async () => {
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
      child.kill('SIGTERM');
      await exited;
      clearTimeout(patience);
    },
  };
}
