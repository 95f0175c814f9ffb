import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../bin/embedded/ports.ts';

/** A line to a server that a test can cut and mend: connections break at once and new ones are refused. */
export async function aLineTo(
  address: string,
): Promise<{ address: string; cut(): Promise<void>; mend(): Promise<void> }> {
  const [host = '', port = ''] = address.split(':');
  const own = await freePort();
  const sockets = new Set<Socket>();
  let server: Server;

  function join(near: Socket): void {
    const far = connect(Number(port), host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  }
  async function mend(): Promise<void> {
    server = createServer(join);
    await new Promise<void>((resolve) => server.listen(own, '127.0.0.1', resolve));
  }
  async function cut(): Promise<void> {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  await mend();
  return { address: `127.0.0.1:${own}`, cut, mend };
}
