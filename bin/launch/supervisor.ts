import type { ChildProcess } from 'node:child_process';

export type Running = { process: ChildProcess; stop(): Promise<void> };
export type Part = { name: string; logFile: string; start(): Promise<Running> };

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A part that ran this long has recovered: its next end counts as the first. */
const RECOVERED_MS = 60_000;

/**
 * Keeps parts running: whichever ends without being asked is started again, after a delay that grows.
 *
 * @param say one line about what happened, for the console and the launcher's log
 */
export function createSupervisor(say: (line: string) => void) {
  const parts = new Map<
    string,
    { part: Part; running: Running | undefined; failures: number; timer?: NodeJS.Timeout }
  >();
  let stopping = false;

  /** Resolves when the part runs; a failure of the first start is the caller's. */
  async function start(part: Part): Promise<void> {
    const entry = { part, running: undefined, failures: 0 };
    parts.set(part.name, entry);
    await bringUp(entry);
  }

  async function bringUp(entry: { part: Part; running: Running | undefined; failures: number }): Promise<void> {
    const running = await entry.part.start();
    if (stopping) return running.stop();
    entry.running = running;
    const since = Date.now();
    const ended = (why: string) => {
      if (entry.running !== running || stopping) return;
      entry.running = undefined;
      if (Date.now() - since > RECOVERED_MS) entry.failures = 0;
      bringBack(entry, why);
    };
    const { exitCode, signalCode } = running.process;
    if (exitCode !== null || signalCode !== null) ended(reason(exitCode, signalCode));
    running.process.once('exit', (code, signal) => ended(reason(code, signal)));
  }

  function bringBack(
    entry: { part: Part; running: Running | undefined; failures: number; timer?: NodeJS.Timeout },
    why: string,
  ): void {
    const delay = Math.min(FIRST_DELAY_MS * 2 ** entry.failures, LONGEST_DELAY_MS);
    entry.failures += 1;
    say(`${entry.part.name} ${why}; starting it again in ${delay / 1000} s (log: ${entry.part.logFile})`);
    entry.timer = setTimeout(() => {
      if (stopping) return;
      bringUp(entry).then(
        () => stopping || say(`${entry.part.name} runs again`),
        (error: Error) => stopping || bringBack(entry, `did not start (${error.message})`),
      );
    }, delay);
  }

  /** Stops these parts together. Parts named by no call are left running. */
  async function stop(names: string[]): Promise<void> {
    stopping = true;
    await Promise.allSettled(
      names.map((name) => {
        const entry = parts.get(name);
        clearTimeout(entry?.timer);
        return entry?.running?.stop();
      }),
    );
  }

  return { start, stop };
}

function reason(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
}
