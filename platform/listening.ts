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

/**
 * How long connections that say nothing may still bring a request, in ms. Whoever keeps one open and uses it at this very
 * moment gets the answer, and learns by it that the connection ends.
 */
const lastCall = 250;

/**
 * Answers what was begun, takes no more connections, and ends each as soon as it is answered; what is not done after
 * `patience`, in ms, is cut off. Only for a server that `listen` brought up.
 */
export async function drain(server: Server, patience: number): Promise<void> {
  const traffic = trafficOf.get(server);
  if (!traffic || !server.listening) return;
  server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => closeAfter(response));
  for (const response of traffic.unanswered) closeAfter(response);
  // Not by the server's own `close`, which ends at once the connections on which a request is on its way.
  const drained = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  // Once what has come in by now is read: a timer that is late would take a connection for idle whose request waits.
  const endIdleSoon = () => setImmediate(() => endIdle(traffic));
  let sweeping: NodeJS.Timeout | undefined;
  const sweep = setTimeout(() => {
    endIdleSoon();
    sweeping = setInterval(endIdleSoon, 50);
  }, lastCall);
  const late = setTimeout(() => server.closeAllConnections(), patience);
  await drained;
  for (const timer of [sweep, sweeping, late]) clearTimeout(timer);
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

/** A connection is idle that has neither a request to be answered nor the beginning of one. */
function endIdle({ readTo, unanswered }: Traffic): void {
  const busy = new Set([...unanswered].map(({ req }) => req.socket));
  for (const [socket, bytes] of readTo) if (!busy.has(socket) && socket.bytesRead === bytes) socket.destroy();
}
