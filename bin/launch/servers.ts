import { join } from 'node:path';
import { getEngine } from '../embedded/get-engine.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { logFileOf } from './child.ts';
import type { Folders } from './folders.ts';
import type { Ports } from './ports.ts';
import { namespace, temporalUiPath } from './settings.ts';
import type { createSupervisor } from './supervisor.ts';

type Supervisor = ReturnType<typeof createSupervisor>;

/** The embedded PostgreSQL, kept running. */
export async function keepPostgres(supervisor: Supervisor, folders: Folders, ports: Ports) {
  const setup = {
    folder: folders.postgres,
    secretsFile: join(folders.keys, 'postgres.json'),
    logFile: logFileOf(folders.logs, 'postgres'),
    pidFile: join(folders.run, 'postgres.pid'),
    port: ports.postgres,
  };
  let urls = { ownerUrl: '', appUrl: '' };
  await supervisor.start({
    name: 'postgres',
    logFile: setup.logFile,
    async start() {
      const postgres = await startPostgres(setup);
      urls = postgres;
      return postgres;
    },
  });
  return urls;
}

/** The embedded engine with its Web UI on loopback, kept running. */
export async function keepTemporal(supervisor: Supervisor, folders: Folders, ports: Ports): Promise<string> {
  const binary = await getEngine();
  const setup = {
    binary,
    folder: folders.temporal,
    databaseFile: join(folders.temporal, 'engine.db'),
    logFile: logFileOf(folders.logs, 'temporal'),
    pidFile: join(folders.run, 'temporal.pid'),
    port: ports.temporal,
    ui: { port: ports.temporalUi, publicPath: temporalUiPath },
    namespace: namespace(process.env),
  };
  await supervisor.start({ name: 'temporal', logFile: setup.logFile, start: () => startTemporal(setup) });
  return `127.0.0.1:${ports.temporal}`;
}
