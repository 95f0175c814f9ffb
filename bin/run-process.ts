import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { readSettings, SettingsError } from '../platform/config.ts';
import { createLog } from '../platform/log.ts';
import { stopTimes } from '../platform/stop-times.ts';
import { startTracing } from '../platform/tracing.ts';
import type { TracingSettings } from '../platform/tracing-settings.ts';

/** How long what was begun may take to end in order: after SIGTERM, and when our launcher is gone. */
const patience = { signal: stopTimes.whole, orphaned: 4_000 };

interface Running {
  stop(): Promise<void>;
  /** Rejects where the process cannot go on. */
  failed?: Promise<unknown>;
}

/**
 * The life of one process: settings → start → serve → stop in order at SIGTERM or Ctrl-C. Under the
 * launcher a channel to it is open; when that closes, however the launcher ended, we stop too.
 */
export async function runProcess<
  S extends z.ZodType<{ XIAOMEN_MODE: 'production' | 'demo'; LOG_LEVEL: string } & Partial<TracingSettings>>,
>(name: string, schema: S, start: (settings: z.infer<S>) => Promise<Running>): Promise<void> {
  // Node would print the error whole, and messages quote what people typed. Rejections that nobody handles come here too.
  process.on('uncaughtException', (error: unknown) => {
    createLog(name).fatal({ err: error }, 'ended by a fault that nobody handled');
    process.exit(1);
  });
  const stopping = Promise.withResolvers<number>();
  process.on('SIGTERM', () => stopping.resolve(patience.signal));
  process.on('SIGINT', () => stopping.resolve(patience.signal));
  if (process.connected) process.on('disconnect', () => stopping.resolve(patience.orphaned));
  const early = stopping.promise.then((limit) => setTimeout(() => process.exit(1), limit).unref());

  let endTracing: () => Promise<void>;
  let running: Running | undefined;
  // Somebody who stops a process that still waits for its parts stops nothing that was begun.
  stopping.promise.then(() => running === undefined && process.exit(0));
  try {
    const settings = readSettings(schema, process.env);
    refuseDemoKeys(settings);
    endTracing = await startTracing(name, settings, createLog(name, settings.LOG_LEVEL));
    running = await start(settings);
  } catch (error) {
    console.error(`${name} cannot start: ${sentenceOf(error)}`);
    process.exit(1);
  }
  process.send?.('started');
  running.failed?.catch((error: unknown) => {
    console.error(`${name} cannot go on: ${sentenceOf(error)}`);
    process.exit(1);
  });
  await early;
  try {
    await running.stop();
    await endTracing();
    process.exit(0);
  } catch (error) {
    console.error(`${name} did not stop in order: ${(error as Error).constructor.name}`);
    process.exit(1);
  }
}

/** Marks a folder of keys that the launcher made for a demo. */
export const demoMark = 'DEMO';

function refuseDemoKeys(settings: { XIAOMEN_MODE: 'production' | 'demo'; KEYS_DIR?: string }): void {
  if (settings.XIAOMEN_MODE === 'demo' || !settings.KEYS_DIR) return;
  if (existsSync(join(settings.KEYS_DIR, demoMark))) {
    throw new SettingsError([{ name: 'KEYS_DIR', problem: 'holds demo keys, which are refused outside demo mode' }]);
  }
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port, address } = error as NodeJS.ErrnoException & { port?: number; address?: string };
  if (code === 'EADDRINUSE')
    return `port ${port} on ${address} is taken by another program: stop it or set another port.`;
  if (code === 'EACCES' && port) return `port ${port} on ${address} may not be opened: set one above 1023.`;
  return error.message;
}
