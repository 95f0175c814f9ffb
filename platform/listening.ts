import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';

/** What a server knows of its connections. */
interface Traffic {
  /** Each open connection, with how much had come in on it when its last request was answered. */
  readTo: Map<Socket, number>;
  unanswered: Set<ServerResponse>;
}

const trafficOf = new WeakMap<Server, Traffic>();

/** @returns the port it got, where 0 was asked for. @throws Error (`EADDRINUSE` …) when it cannot listen there */
export async function listen(server: Server, at: { host: string; port: number }): Promise<number> {
  trafficOf.set(server, watchTraffic(server));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** How often connections are looked at, in ms, and at how many looks in a row one that says nothing is let go. */
const lookEvery = 50;
const lastCall = 10;

/**
 * Answers what was begun, takes no more connections, and ends each as soon as it is answered; what is not done after
 * `patience`, in ms, is cut off. Who uses a kept connection at this very moment gets the answer, and learns by it that the
 * connection ends. Only for a server that `listen` brought up.
 */
export async function drain(server: Server, patience: number): Promise<void> {
  const traffic = trafficOf.get(server);
  if (!traffic || !server.listening) return;
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => closeAfter(response));
  for (const response of traffic.unanswered) closeAfter(response);
  // Not by the server's own `close`, which ends at once the connections on which a request is on its way.
  const drained = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  const quiet = new Map<Socket, number>();
  const looking = setInterval(() => endQuiet(traffic, quiet), lookEvery);
  const late = setTimeout(() => server.closeAllConnections(), patience);
  await drained;
  clearInterval(looking);
  clearTimeout(late);
  // Looks for connections that are too slow, for as long as the server's own `close` was not called.
  server.close(() => {});
}

function watchTraffic(server: Server): Traffic {
  const traffic: Traffic = { readTo: new Map(), unanswered: new Set() };
  server.on('connection', (socket: Socket) => {
    traffic.readTo.set(socket, 0);
    socket.once('close', () => traffic.readTo.delete(socket));
  });
  server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    traffic.unanswered.add(response);
    response.once('close', () => {
      traffic.unanswered.delete(response);
      if (traffic.readTo.has(socket)) traffic.readTo.set(socket, socket.bytesRead);
    });
  });
  return traffic;
}

function closeAfter(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}

/**
 * Lets go of connections that had neither a request to be answered nor the beginning of one, look after look. Looks are
 * counted and not time: a process that gets no turn for a while has not read what came meanwhile.
 */
function endQuiet({ readTo, unanswered }: Traffic, quiet: Map<Socket, number>): void {
  const busy = new Set([...unanswered].map(({ req }) => req.socket));
  for (const [socket, bytes] of readTo) {
    const looks = busy.has(socket) || socket.bytesRead !== bytes ? 0 : (quiet.get(socket) ?? 0) + 1;
    quiet.set(socket, looks);
    if (looks >= lastCall) socket.destroy();
  }
}
