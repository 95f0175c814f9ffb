import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openToEverybody } from '../bin/embedded/account.ts';
import { engineAtHand } from '../bin/embedded/engine.ts';
import { freePort } from '../bin/embedded/ports.ts';
import { type EmbeddedPostgres, startPostgres } from '../bin/embedded/postgres.ts';
import { type EmbeddedTemporal, startTemporal } from '../bin/embedded/temporal.ts';
import { migrateDatabase } from '../bin/setup/database.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: { ownerUrl: string; appUrl: string };
    /** `uiUrl`: where it shows its pages. */
    temporal: { address: string; uiUrl: string };
    bundles: string;
  }
}

type Parts = { folder: string; postgres: EmbeddedPostgres; temporal: EmbeddedTemporal; uiUrl: string };

/** The setup runs once a project, the parts once a run: they are kept where every project finds them. */
const shared = globalThis as { xiaomenParts?: { users: number; starting: Promise<Parts> } };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.xiaomenParts ??= { users: 0, starting: startParts() };
  const mine = shared.xiaomenParts;
  mine.users += 1;
  const { folder, postgres, temporal, uiUrl } = await mine.starting;
  project.provide('postgres', { ownerUrl: postgres.ownerUrl, appUrl: postgres.appUrl });
  project.provide('temporal', { address: temporal.address, uiUrl });
  project.provide('bundles', join(folder, 'bundles'));
  return async () => {
    mine.users -= 1;
    if (mine.users > 0) return;
    delete shared.xiaomenParts;
    await stopParts(await mine.starting);
  };
}

/** Everything lies in one temporary folder and listens on free ports: a running `npm start` is not touched. */
async function startParts(): Promise<Parts> {
  // Under root PostgreSQL runs as nobody, who cannot go below a home.
  const base = [tmpdir(), '/var/tmp'].find(openToEverybody) ?? tmpdir();
  const folder = mkdtempSync(join(base, 'xiaomen-test-'));
  chmodSync(folder, 0o755);
  const ui = { port: await freePort(), publicPath: '/admin/temporal' };
  const [postgres, temporal] = await Promise.allSettled([startTestPostgres(folder), startTestTemporal(folder, ui)]);
  if (postgres.status === 'fulfilled' && temporal.status === 'fulfilled') {
    const uiUrl = `http://127.0.0.1:${ui.port}${ui.publicPath}`;
    return { folder, postgres: postgres.value, temporal: temporal.value, uiUrl };
  }
  for (const part of [postgres, temporal]) if (part.status === 'fulfilled') await part.value.stop();
  throw [postgres, temporal].find((part) => part.status === 'rejected')?.reason;
}

async function startTestPostgres(folder: string): Promise<EmbeddedPostgres> {
  const postgres = await startPostgres({
    folder: join(folder, 'postgres'),
    secretsFile: join(folder, 'postgres.json'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
    database: 'template',
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      // A vacuum in a database that is to be dropped belongs to a superuser, and the owner may not end it.
      autovacuum: 'off',
      // Each file opens dozens of connections, whose passwords guard nothing.
      scram_iterations: '1',
    },
  });
  await migrateDatabase(postgres.ownerUrl);
  return postgres;
}

async function startTestTemporal(folder: string, ui: { port: number; publicPath: string }): Promise<EmbeddedTemporal> {
  const binary = engineAtHand();
  if (!binary) throw new Error('No Temporal engine is at hand: run "npm test", which gets one, or set TEMPORAL_CLI.');
  return startTemporal({
    binary,
    folder: join(folder, 'temporal'),
    logFile: join(folder, 'temporal.log'),
    pidFile: join(folder, 'temporal.pid'),
    port: await freePort(),
    ui,
    namespace: 'default',
    settings: {
      // 10,000 of itself: low enough for a test to reach.
      'history.maximumSignalsPerExecution': 1_000,
      // Each test file makes a namespace, and by itself every part of the engine learns of a new one once a second.
      'system.namespaceCacheRefreshInterval': '"100ms"',
    },
  });
}

async function stopParts({ folder, postgres, temporal }: Parts): Promise<void> {
  await Promise.all([postgres.stop(), temporal.stop()]);
  rmSync(folder, { recursive: true, force: true });
}
