import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Preloaded into every process (`node --import`): writes down where each connection goes that the process makes, before a
 * name is asked for or a packet sent.
 */
const file = process.env.CONNECTIONS_FILE;
if (file) {
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function recorded(this: Socket, ...args: unknown[]) {
    appendFileSync(file, `${placeOf(args)}\n`);
    return Reflect.apply(connect, this, args);
  } as typeof connect;
}

/** `net.connect` hands its normalised arguments on as one array. */
function placeOf(args: unknown[]): string {
  const [first, second] = args.flat() as unknown[];
  if (typeof first === 'object' && first !== null) {
    const { path, host } = first as { path?: string; host?: string };
    return path ?? host ?? 'localhost';
  }
  return typeof first === 'string' && !/^\d+$/.test(first) ? first : typeof second === 'string' ? second : 'localhost';
}
