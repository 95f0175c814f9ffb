import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { engineAtHand } from '../../bin/embedded/engine.ts';
import { freePort } from '../../bin/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../../bin/embedded/postgres.ts';
import { type EmbeddedTemporal, startTemporal } from '../../bin/embedded/temporal.ts';
import { migrateDatabase } from '../../bin/setup/database.ts';

/** What a whole product stands on: a migrated database and a namespace of its own. */
export interface Ground {
  /** As the application: a member of `xiaomen_app`. */
  url: string;
  ownerUrl: string;
  temporal: { address: string; namespace: string; uiUrl?: string };
  /** Where bundled workflows are kept for the next worker. */
  bundles?: string;
  /** Log files of the servers themselves; none when they are shared with other tests. */
  logs: string[];
  drop(): Promise<void>;
}

/**
 * On the servers of the whole test run: quick, and everything in it belongs to the caller alone.
 * @param engineShown the engine's own pages are there for an admin
 */
export async function sharedGround({ engineShown = false } = {}): Promise<Ground> {
  const [{ freshDatabase }, { testTemporal }, { inject }] = await Promise.all([
    import('../postgres.ts'),
    import('../temporal.ts'),
    import('vitest'),
  ]);
  const [database, temporal] = await Promise.all([freshDatabase(), testTemporal()]);
  return {
    url: database.url,
    ownerUrl: database.ownerUrl,
    temporal: { ...temporal, ...(engineShown && { uiUrl: inject('temporal').uiUrl }) },
    bundles: inject('bundles'),
    logs: [],
    drop: () => database.drop(),
  };
}

/** A server of a ground that is killed and brought back in the middle of things. */
export interface Restartable {
  /** kill -9. Resolves when it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface OwnGround extends Ground {
  /** What the servers write: data and logs. */
  folder: string;
  postgres: Restartable;
  engine: Restartable;
}

/**
 * On servers of its own, kept in a temporary folder, durable as in production: for tests that read their logs, kill
 * them, or runs outside the test runner.
 */
export async function ownGround(): Promise<OwnGround> {
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-ground-'));
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'logs'));
  const binary = engineAtHand();
  if (!binary) throw new Error('No Temporal engine is at hand: run "npm test", which gets one, or set TEMPORAL_CLI.');
  const [port, enginePort, uiPort] = [await freePort(), await freePort(), await freePort()];
  const uiPath = '/admin/temporal';
  const postgresSetup = {
    folder: join(folder, 'postgres'),
    secretsFile: join(folder, 'postgres.json'),
    logFile: join(folder, 'logs', 'postgres.log'),
    port,
  };
  const engineSetup = {
    binary,
    folder: join(folder, 'temporal'),
    logFile: join(folder, 'logs', 'temporal.log'),
    pidFile: join(folder, 'temporal.pid'),
    databaseFile: join(folder, 'temporal', 'engine.db'),
    port: enginePort,
    ui: { port: uiPort, publicPath: uiPath },
    namespace: 'default',
  };
  mkdirSync(engineSetup.folder);
  let [postgres, engine]: [EmbeddedPostgres, EmbeddedTemporal] = await Promise.all([
    startPostgres(postgresSetup),
    startTemporal(engineSetup),
  ]);
  await migrateDatabase(postgres.ownerUrl);

  return {
    url: postgres.appUrl,
    ownerUrl: postgres.ownerUrl,
    temporal: {
      address: engine.address,
      namespace: engineSetup.namespace,
      uiUrl: `http://127.0.0.1:${uiPort}${uiPath}`,
    },
    folder,
    logs: [postgresSetup.logFile, engineSetup.logFile],
    postgres: {
      kill: () => killGuarded(`${postgresSetup.secretsFile}.pid`, postgres.process),
      start: async () => {
        postgres = await startPostgres(postgresSetup);
      },
    },
    engine: {
      kill: () => killGuarded(engineSetup.pidFile, engine.process),
      start: async () => {
        engine = await startTemporal(engineSetup);
      },
    },
    async drop() {
      await Promise.all([postgres.stop(), engine.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Kills the server itself; its guardian notices and goes too. */
async function killGuarded(pidFile: string, guardian: ChildProcess): Promise<void> {
  const { pid } = JSON.parse(readFileSync(pidFile, 'utf8')) as { pid: number };
  const gone = new Promise((resolve) => guardian.once('exit', resolve));
  process.kill(pid, 'SIGKILL');
  await gone;
}
