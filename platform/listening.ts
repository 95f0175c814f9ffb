import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** @returns the port it got, where 0 was asked for. @throws Error (`EADDRINUSE` …) when it cannot listen there */
export async function listen(server: Server, at: { host: string; port: number }): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Answers what was begun, takes no more, and ends what is not done after `patience`, in ms. */
export async function drain(server: Server, patience: number): Promise<void> {
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), patience);
  await drained;
  clearTimeout(late);
}
