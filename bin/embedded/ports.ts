import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that connections take at random, so that none of theirs is taken between the asking and the binding. */
const [lowest, each] = [12_000, 1_000];
let next = randomInt(each);

/**
 * A port that nothing listens on at this moment, on 127.0.0.1. It is never given twice in a process, nor by two test
 * processes that run side by side: PostgreSQL binds its port seconds after it was asked for.
 */
export async function freePort(): Promise<number> {
  const lane = Number(process.env.VITEST_POOL_ID ?? 0) % 8;
  for (let tried = 0; tried < each; tried += 1) {
    const port = lowest + lane * each + next;
    next = (next + 1) % each;
    if (await isFree(port)) return port;
  }
  throw new Error('No port is free');
}

export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
