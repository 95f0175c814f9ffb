import { Readable, Writable } from 'node:stream';
import type { Client, Connection } from 'pg';

/**
 * PostgreSQL's COPY as streams: rows as the server writes them and takes them, without a tool of the server's own version beside
 * us. The driver hands a query that is given as an object everything that the server says about it.
 */

type Inner = Connection & {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
  stream: { pause(): void; resume(): void; writableNeedDrain: boolean; once(event: 'drain', then: () => void): void };
};

const nothing = {
  callback: null,
  handleRowDescription: () => {},
  handleDataRow: () => {},
  handlePortalSuspended: () => {},
  handleEmptyQuery: () => {},
  handleCommandComplete: () => {},
};

/** What is handed on at once: the server sends a message a row. */
const enough = 65_536;

/**
 * @param text `copy … to stdout`
 * @param counted is told how many rows there were
 */
export function copyOut(client: Client, text: string, counted: (rows: number) => void): Readable {
  let connection: Inner | undefined;
  let waiting: Buffer[] = [];
  let size = 0;
  const handOn = (): boolean => {
    const chunk = Buffer.concat(waiting);
    [waiting, size] = [[], 0];
    return chunk.length === 0 || stream.push(chunk);
  };
  const stream = new Readable({
    read: () => connection?.stream.resume(),
    destroy(error, done) {
      connection?.stream.resume();
      done(error);
    },
  });
  client.query({
    ...nothing,
    submit(inner: Inner) {
      connection = inner;
      inner.query(text);
    },
    handleCopyData({ chunk }: { chunk: Buffer }) {
      if (stream.destroyed) return;
      // A view into a buffer that the driver writes over with what comes next.
      waiting.push(Buffer.from(chunk));
      size += chunk.length;
      if (size >= enough && !handOn()) connection?.stream.pause();
    },
    handleCommandComplete: ({ text: tag }: { text: string }) => counted(Number(/^COPY (\d+)/.exec(tag)?.[1])),
    handleError: (error: Error) => stream.destroy(error),
    handleReadyForQuery() {
      if (stream.destroyed) return;
      handOn();
      stream.push(null);
    },
  } as never);
  return stream;
}

/** @param text `copy … from stdin` */
export function copyIn(client: Client, text: string): Writable {
  const ready = Promise.withResolvers<Inner>();
  const done = Promise.withResolvers<void>();
  done.promise.catch(() => {});
  const stream = new Writable({
    write(chunk: Buffer, _encoding, next) {
      ready.promise.then((inner) => {
        inner.sendCopyFromChunk(chunk);
        if (inner.stream.writableNeedDrain) inner.stream.once('drain', () => next());
        else next();
      }, next);
    },
    final(next) {
      ready.promise
        .then((inner) => inner.endCopyFrom())
        .then(() => done.promise)
        .then(() => next(), next);
    },
    destroy(error, next) {
      if (error) ready.promise.then((inner) => inner.sendCopyFail('given up')).catch(() => {});
      next(error);
    },
  });
  let connection: Inner | undefined;
  client.query({
    ...nothing,
    submit(inner: Inner) {
      connection = inner;
      inner.query(text);
    },
    handleCopyInResponse: () => connection && ready.resolve(connection),
    handleError(error: Error) {
      ready.reject(error);
      done.reject(error);
      stream.destroy(error);
    },
    handleReadyForQuery: () => done.resolve(),
  } as never);
  ready.promise.catch(() => {});
  return stream;
}
