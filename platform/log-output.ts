import { write, writeSync } from 'node:fs';

/**
 * Standard output as the log writes to it: beside the work, in order, and without ever ending the process. A disk that is
 * full, or a reader that is gone, costs lines of the log and nothing else.
 */
export interface LogOutput {
  write(line: string): void;
  /** What still waits, at an orderly end: tried once, and given up where it is not taken. */
  flushSync(): void;
  /** Whether the last write was refused. */
  isFailing(): boolean;
  /** Lines for which no room was left. */
  lost(): number;
}

/** Characters that may wait while nothing takes them. */
const mostWaiting = 2_000_000;
/** Milliseconds until a write is tried again: after a refusal, and where a pipe is full for the moment. */
const pauses = { refused: 1_000, full: 50 };

export function createLogOutput(fd: number): LogOutput {
  let waiting: string[] = [];
  let size = 0;
  /** Being written, or written in part. */
  let batch: Buffer | undefined;
  let busy = false;
  let failing = false;
  let lost = 0;
  let told = 0;

  function takeBatch(): Buffer | undefined {
    if (waiting.length === 0) return undefined;
    const taken = Buffer.from(waiting.join(''));
    waiting = [];
    size = 0;
    return taken;
  }

  function next(): void {
    batch ??= takeBatch();
    if (!batch) return;
    const tried = batch;
    busy = true;
    write(fd, tried, (error, written) => {
      if (error) return later(error);
      busy = false;
      failing = false;
      batch = written < tried.length ? tried.subarray(written) : undefined;
      if (!batch) tellLost();
      next();
    });
  }

  function later({ code }: NodeJS.ErrnoException): void {
    failing = code !== 'EAGAIN';
    const again = () => {
      busy = false;
      next();
    };
    // While it waits nothing keeps the process alive.
    setTimeout(again, failing ? pauses.refused : pauses.full).unref();
  }

  function tellLost(): void {
    if (lost === told) return;
    told = lost;
    const line = { level: 'error', time: new Date().toISOString(), name: 'log', count: lost, msg: 'lines were lost' };
    waiting.push(`${JSON.stringify(line)}\n`);
  }

  return {
    write(line) {
      if (size + line.length > mostWaiting) {
        lost += 1;
        return;
      }
      waiting.push(line);
      size += line.length;
      if (!busy) next();
    },
    flushSync() {
      // What is being written now is written by its own thread; what was refused begins here again.
      let rest = failing && batch ? Buffer.concat([batch, takeBatch() ?? Buffer.alloc(0)]) : takeBatch();
      if (failing) batch = undefined;
      for (let tries = 0; rest && rest.length > 0 && tries < 100; ) {
        try {
          rest = rest.subarray(writeSync(fd, rest));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
          tries += 1;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        }
      }
    },
    isFailing: () => failing,
    lost: () => lost,
  };
}

let output: LogOutput | undefined;

/** One for all logs of this process. */
export function standardOutput(): LogOutput {
  if (!output) {
    output = createLogOutput(1);
    process.once('exit', output.flushSync);
  }
  return output;
}
