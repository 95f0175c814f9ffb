import { connect } from 'node:net';

/** Whether something listens at `host:port`; a host that hangs counts as no after `patience` ms. */
export function listens(address: string, patience = 10_000): Promise<boolean> {
  const at = address.lastIndexOf(':');
  const [host, port] = at < 0 ? [address, 7233] : [address.slice(0, at), Number(address.slice(at + 1))];
  return new Promise((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(patience, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
