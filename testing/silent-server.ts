import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that takes connections and does not answer as it should. */
export interface SilentServer {
  url: string;
  port: number;
  /** How many connections were ever made, and how many are open now. */
  connections(): { made: number; open: number };
  close(): Promise<void>;
}

/**
 * `never`: reads and says nothing. `dribble`: a byte of an answer that never ends, several times a second, so that no
 * limit on silence is met.
 */
export async function openSilentServer(how: 'never' | 'dribble'): Promise<SilentServer> {
  const open = new Set<Socket>();
  let made = 0;
  const server = createServer((socket) => {
    made += 1;
    open.add(socket);
    socket.on('error', () => {});
    socket.resume();
    if (how === 'dribble') {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50000\r\n\r\n');
      const dribbling = setInterval(() => socket.write(' '), 200);
      socket.once('close', () => clearInterval(dribbling));
    }
    socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    connections: () => ({ made, open: open.size }),
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
