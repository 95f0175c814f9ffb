import { once } from 'node:events';
import { createServer } from 'node:net';
import { until } from '../../testing/until.ts';

/**
 * Waits until no other drill of this machine has the containers, whose names and addresses are the compose file's. What is held
 * is a name of the kernel's: it goes with the process.
 *
 * @returns gives the turn to the next one
 */
export async function takeTurn(): Promise<() => void> {
  const minutes = 20;
  const held = await until(
    async () => {
      const server = createServer().listen('\0xiaomen-containers');
      await once(server, 'listening');
      return server;
    },
    'another drill has ended',
    minutes * 60,
  );
  return () => void held.close();
}
