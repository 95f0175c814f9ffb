import { join } from 'node:path';
import { getEngine } from '../embedded/get-engine.ts';
import { startPostgres } from '../embedded/postgres.ts';
import { startTemporal } from '../embedded/temporal.ts';
import { logFileOf } from './child.ts';
import type { Places } from './places.ts';
import type { Ports } from './ports.ts';
import { namespace, temporalUiPath } from './settings.ts';
import type { createSupervisor } from './supervisor.ts';

type Supervisor = ReturnType<typeof createSupervisor>;

/** The embedded PostgreSQL, kept running. */
export async function keepPostgres(supervisor: Supervisor, places: Places, ports: Ports) {
  const place = {
    folder: places.postgres,
    secretsFile: join(places.keys, 'postgres.json'),
    logFile: logFileOf(places.logs, 'postgres'),
    pidFile: join(places.run, 'postgres.pid'),
    port: ports.postgres,
  };
  let urls = { ownerUrl: '', appUrl: '' };
  await supervisor.start({
    name: 'postgres',
    logFile: place.logFile,
    async start() {
      const postgres = await startPostgres(place);
      urls = postgres;
      return postgres;
    },
  });
  return urls;
}

/** The embedded engine with its Web UI on loopback, kept running. */
export async function keepTemporal(supervisor: Supervisor, places: Places, ports: Ports): Promise<string> {
  const binary = await getEngine();
  const place = {
    binary,
    folder: places.temporal,
    databaseFile: join(places.temporal, 'engine.db'),
    logFile: logFileOf(places.logs, 'temporal'),
    pidFile: join(places.run, 'temporal.pid'),
    port: ports.temporal,
    ui: { port: ports.temporalUi, publicPath: temporalUiPath },
    namespace: namespace(process.env),
  };
  await supervisor.start({ name: 'temporal', logFile: place.logFile, start: () => startTemporal(place) });
  return `127.0.0.1:${ports.temporal}`;
}
