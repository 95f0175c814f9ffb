import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../testing/until.ts';
import { makeFolders } from '../launch/folders.ts';
import { openToEverybody } from './account.ts';
import { freePort } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { findPackage, postgresBinaries } from './postgres-binaries.ts';

const isRoot = process.getuid?.() === 0;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-postgres-'));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function setup(cluster: string, port: number) {
  return {
    folder: cluster,
    secretsFile: join(folder, 'postgres.json'),
    logFile: join(folder, 'postgres.log'),
    port,
    settings: { fsync: 'off' },
  };
}

async function ask(url: string, question: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text: question, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
}

describe('the cluster', () => {
  it('is UTF-8 though LANG is unset, listens on loopback only, and keeps its data', async () => {
    const { LANG, LC_ALL } = process.env;
    delete process.env.LANG;
    delete process.env.LC_ALL;
    const port = await freePort();
    try {
      const first = await startPostgres(setup(join(folder, 'cluster'), port));
      expect(await ask(first.appUrl, 'show server_encoding')).toBe('UTF8');
      expect(await ask(first.appUrl, 'show listen_addresses')).toBe('127.0.0.1');
      expect(await ask(first.appUrl, "select upper('é')")).toBe('É');
      await ask(first.ownerUrl, "create table kept as select '校门' as name");
      await first.stop();

      const second = await startPostgres(setup(join(folder, 'cluster'), port));
      expect(await ask(second.ownerUrl, 'select name from kept')).toBe('校门');
      await second.stop();
    } finally {
      Object.assign(process.env, LANG ? { LANG } : {}, LC_ALL ? { LC_ALL } : {});
    }
  });

  it('asks for a password, also of the superuser', async () => {
    const postgres = await startPostgres(setup(join(folder, 'cluster'), await freePort()));
    const guess = new URL(postgres.appUrl);
    guess.username = 'postgres';
    guess.password = 'guess';
    await expect(ask(guess.href, 'select 1')).rejects.toThrow('password authentication failed');
    await postgres.stop();
  });

  it('comes back after a kill, also while one of its workers still finishes what it was at', async () => {
    const ours = setup(join(folder, 'cluster'), await freePort());
    const first = await startPostgres(ours);
    const worker = new pg.Client({ connectionString: first.appUrl });
    worker.on('error', () => {});
    await worker.connect();
    const { pid } = (await worker.query('select pg_backend_pid() as pid')).rows[0];
    // It asks for interrupts and not whether its server lives.
    const working = worker.query('do $$ begin loop end loop; end $$').catch(() => {});
    await until(
      async () => (await ask(first.appUrl, `select state from pg_stat_activity where pid = ${pid}`)) === 'active',
    );
    const gone = new Promise((resolve) => first.process.once('exit', resolve));
    process.kill(JSON.parse(readFileSync(`${ours.secretsFile}.pid`, 'utf8')).pid, 'SIGKILL');
    await gone;

    const coming = startPostgres(ours);
    try {
      await until(() => readFileSync(ours.logFile, 'utf8').includes('is still in use'), 'the worker to be in the way');
    } finally {
      process.kill(pid, 'SIGKILL');
    }
    await working;
    const second = await coming;
    expect(await ask(second.appUrl, 'select 1')).toBe(1);
    await second.stop();
  });

  it('says in one sentence why it does not start', async () => {
    const port = await freePort();
    const first = await startPostgres(setup(join(folder, 'one'), port));
    const second = { ...setup(join(folder, 'two'), port), secretsFile: join(folder, 'two.json') };
    await expect(startPostgres(second)).rejects.toThrow(/PostgreSQL refuses to start: .*\(see .*postgres\.log\)/);
    await first.stop();
  });
});

describe('the binaries', () => {
  function copyWithoutLinks(): string {
    const copy = join(folder, 'package');
    cpSync(findPackage(), copy, { recursive: true });
    for (const link of ['libicuuc.so.60', 'libpq.so.5']) {
      const file = join(copy, 'native', 'lib', link);
      if (existsSync(file)) unlinkSync(file);
    }
    return copy;
  }

  it.runIf(process.platform === 'linux')('get the links that an ignored install script did not make', () => {
    const native = postgresBinaries(false, copyWithoutLinks());
    expect(native.startsWith(folder)).toBe(true);
    expect(existsSync(join(native, 'lib', 'libicuuc.so.60'))).toBe(true);
  });

  it.runIf(isRoot)('and the data lie where nobody can go when a home of mode 700 is above', async () => {
    const home = join(folder, 'home');
    mkdirSync(home, { mode: 0o700 });
    cpSync(findPackage(), join(home, 'package'), { recursive: true });
    const binaries = postgresBinaries(true, join(home, 'package'));
    expect(openToEverybody(binaries)).toBe(true);

    const { postgres: cluster } = makeFolders(join(home, 'data'));
    expect(makeFolders(join(home, 'data')).postgres).toBe(cluster);
    try {
      const postgres = await startPostgres(setup(cluster, await freePort()));
      expect(await ask(postgres.appUrl, 'select 1')).toBe(1);
      await postgres.stop();
    } finally {
      rmSync(cluster, { recursive: true });
    }
  });
});
