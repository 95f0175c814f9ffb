import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { openConnection } from '../../platform/engine-connection.ts';
import { prepareNamespace } from '../setup/namespace.ts';
import { startGuarded, stopGuarded } from './guarded.ts';

export type EmbeddedTemporal = { address: string; process: ChildProcess; stop(): Promise<void> };

export type TemporalSetup = {
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
  /** Extra dynamic configuration, for tests that reach a limit or cannot wait; a length of time is `"100ms"`, quoted. */
  settings?: Record<string, number | string>;
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
export async function startTemporal(setup: TemporalSetup): Promise<EmbeddedTemporal> {
  mkdirSync(setup.folder, { recursive: true });
  const child = startGuarded(
    {
      name: 'temporal',
      file: setup.binary,
      args: flags(setup),
      env: environment(setup.folder),
      folder: setup.folder,
      stopSignal: 'SIGTERM',
      pidFile: setup.pidFile,
    },
    setup.logFile,
  );
  const address = `127.0.0.1:${setup.port}`;
  try {
    await untilPrepared(address, setup, child);
  } catch (error) {
    await stopGuarded(child);
    throw error;
  }
  return { address, process: child, stop: () => stopGuarded(child) };
}

function flags(setup: TemporalSetup): string[] {
  return [
    'server',
    'start-dev',
    '--ip',
    '127.0.0.1',
    '--port',
    String(setup.port),
    '--namespace',
    setup.namespace,
    '--log-level',
    'warn',
    '--color',
    'never',
    ...Object.entries({ ...pollRates, ...setup.settings }).flatMap(([name, value]) => [
      '--dynamic-config-value',
      `${name}=${value}`,
    ]),
    ...(setup.databaseFile
      ? [
          '--db-filename',
          setup.databaseFile,
          '--sqlite-pragma',
          'journal_mode=wal',
          '--sqlite-pragma',
          'synchronous=full',
        ]
      : []),
    ...(setup.ui ? ['--ui-port', String(setup.ui.port), '--ui-public-path', setup.ui.publicPath] : ['--headless']),
  ];
}

function environment(folder: string): Record<string, string> {
  // A server asks its makers for newer versions unless it is told not to.
  return { PATH: '/usr/bin:/bin', HOME: folder, TZ: 'UTC', TEMPORAL_VERSION_CHECK_DISABLED: '1' };
}

async function untilPrepared(address: string, setup: TemporalSetup, child: ChildProcess): Promise<void> {
  const ended = new Promise<never>((_, reject) => {
    child.once('exit', (code) =>
      reject(new Error(`The engine (Temporal) ended at once with ${code}: see ${setup.logFile}.`)),
    );
  });
  const { connection, close } = openConnection({ address });
  const prepared = prepareNamespace(connection, setup.namespace);
  try {
    await Promise.race([ended, prepared]);
  } finally {
    for (const other of [ended, prepared]) other.catch(() => {});
    await close();
  }
}
