import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { Connection } from '@temporalio/client';
import { prepareNamespace } from '../setup/namespace.ts';
import { startGuarded, stopGuarded } from './guarded.ts';

export type EmbeddedTemporal = { address: string; process: ChildProcess; stop(): Promise<void> };

export type TemporalPlace = {
  /** The `temporal` command line, see engine.ts. */
  binary: string;
  folder: string;
  logFile: string;
  pidFile: string;
  port: number;
  /** Kept between runs; left out: in memory, for tests. */
  databaseFile?: string;
  /** The Web UI has no login: it listens on loopback and is shown behind ours, under this path. */
  ui?: { port: number; publicPath: string };
  namespace: string;
  /** Extra dynamic configuration, for tests that reach a limit. */
  settings?: Record<string, number>;
};

/** Every hop between tasks waits for a poll, by default 20 a second: a person waits for a page. */
const pollRates = {
  'history.transferProcessorMaxPollRPS': 1000,
  'history.timerProcessorMaxPollRPS': 1000,
  'history.visibilityProcessorMaxPollRPS': 200,
};

/**
 * Starts the engine on 127.0.0.1 and makes its namespace ready.
 *
 * @throws Error with a sentence for people when it does not come up.
 */
export async function startTemporal(place: TemporalPlace): Promise<EmbeddedTemporal> {
  mkdirSync(place.folder, { recursive: true });
  const child = startGuarded(
    {
      name: 'temporal',
      file: place.binary,
      args: flags(place),
      env: environment(place.folder),
      folder: place.folder,
      stopSignal: 'SIGTERM',
      pidFile: place.pidFile,
    },
    place.logFile,
  );
  const address = `127.0.0.1:${place.port}`;
  try {
    await untilPrepared(address, place, child);
  } catch (error) {
    await stopGuarded(child);
    throw error;
  }
  return { address, process: child, stop: () => stopGuarded(child) };
}

function flags(place: TemporalPlace): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(place.port), '--namespace', place.namespace],
    ...['--log-level', 'warn', '--color', 'never'],
    ...Object.entries({ ...pollRates, ...place.settings }).flatMap(([name, value]) => [
      '--dynamic-config-value',
      `${name}=${value}`,
    ]),
    ...(place.databaseFile
      ? [
          '--db-filename',
          place.databaseFile,
          '--sqlite-pragma',
          'journal_mode=wal',
          '--sqlite-pragma',
          'synchronous=full',
        ]
      : []),
    ...(place.ui ? ['--ui-port', String(place.ui.port), '--ui-public-path', place.ui.publicPath] : ['--headless']),
  ];
}

function environment(folder: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', HOME: folder, TZ: 'UTC' };
}

async function untilPrepared(address: string, place: TemporalPlace, child: ChildProcess): Promise<void> {
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`The engine (Temporal) ended at once with ${code}: see ${place.logFile}.`)),
    );
  });
  const connection = Connection.lazy({ address });
  try {
    await Promise.race([ended, prepareNamespace(connection, place.namespace)]);
  } finally {
    ended.catch(() => {});
    await connection.close();
  }
}
