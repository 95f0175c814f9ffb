import type { ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { type Account, unprivilegedAccount } from './account.ts';
import { type GuardedCommand, startGuarded, stopGuarded } from './guarded.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { commandOf } from './process-identity.ts';

export type EmbeddedPostgres = {
  /** Owns the schema and migrates it. */
  ownerUrl: string;
  /** Logs in as a member of `xiaomen_app`: what web and worker get. */
  appUrl: string;
  process: ChildProcess;
  stop(): Promise<void>;
};

export type PostgresSetup = {
  /** The cluster's files; under root it must lie where `nobody` can go. */
  folder: string;
  /** Kept beside our other secrets: passwords of the roles. */
  secretsFile: string;
  logFile: string;
  /** Left out: beside the secrets. */
  pidFile?: string;
  port: number;
  database?: string;
  /** Extra settings, for tests that need no durability. */
  settings?: Record<string, string>;
};

type Secrets = { superuser: string; owner: string; app: string };

/**
 * Starts PostgreSQL on 127.0.0.1, making the cluster, roles and database when they are missing.
 *
 * @throws Error with a sentence for people when it refuses to start.
 */
export async function startPostgres(setup: PostgresSetup): Promise<EmbeddedPostgres> {
  const account = unprivilegedAccount();
  const binaries = postgresBinaries(account !== undefined);
  const secrets = readSecrets(setup.secretsFile);
  if (!existsSync(join(setup.folder, 'PG_VERSION'))) await initialise(binaries, setup, secrets, account);
  const database = setup.database ?? 'xiaomen';
  const url = (role: string, password: string, name = database) =>
    `postgres://${role}:${password}@127.0.0.1:${setup.port}/${name}`;
  const child = await startReady(
    command(binaries, setup, account),
    setup,
    url('postgres', secrets.superuser, 'postgres'),
  );
  try {
    await prepareRoles(url('postgres', secrets.superuser, 'postgres'), database, secrets);
  } catch (error) {
    await stopGuarded(child);
    throw error;
  }
  return {
    ownerUrl: url('xiaomen_owner', secrets.owner),
    appUrl: url('xiaomen', secrets.app),
    process: child,
    stop: () => stopGuarded(child),
  };
}

function readSecrets(file: string): Secrets {
  if (!existsSync(file)) {
    const password = () => randomBytes(24).toString('hex');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify({ superuser: password(), owner: password(), app: password() }), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Secrets;
}

/** The cluster is UTF-8 and sorts the same on every machine, with any language settings. */
async function initialise(
  binaries: string,
  setup: PostgresSetup,
  secrets: Secrets,
  account: Account | undefined,
): Promise<void> {
  rmSync(setup.folder, { recursive: true, force: true });
  mkdirSync(setup.folder, { recursive: true, mode: 0o700 });
  chmodSync(setup.folder, 0o700);
  const passwordFile = `${setup.folder}.password`;
  writeFileSync(passwordFile, secrets.superuser, { mode: 0o600 });
  if (account) for (const path of [setup.folder, passwordFile]) chownSync(path, account.uid, account.gid);
  try {
    await promisify(execFile)(
      join(binaries, 'bin', 'initdb'),
      [
        '-D',
        setup.folder,
        '--username=postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
      ],
      { env: environment(), cwd: setup.folder, ...account },
    );
  } catch (error) {
    rmSync(setup.folder, { recursive: true, force: true });
    const said = String((error as { stderr?: string }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
    throw new Error(`PostgreSQL could not make its data folder ${setup.folder}: ${said}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function environment(): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

/** After a crash a reused process number would make PostgreSQL believe that it still runs. */
function forgetDeadPostmaster(folder: string): void {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!commandOf(pid).includes(folder)) rmSync(file);
}

function command(binaries: string, setup: PostgresSetup, account: Account | undefined) {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(setup.port),
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: '200',
    log_destination: 'stderr',
    logging_collector: 'off',
    // Statements carry ciphertext and hashes; even so the log keeps none of them.
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    ...setup.settings,
  };
  return {
    name: 'postgres',
    file: join(binaries, 'bin', 'postgres'),
    args: ['-D', setup.folder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    env: environment(),
    folder: setup.folder,
    ...(account ? { account } : {}),
    stopSignal: 'SIGINT' as const,
    pidFile: setup.pidFile ?? `${setup.secretsFile}.pid`,
  };
}

/** A cluster that must recover first answers only when it is done. */
const patience = 60_000;

/**
 * Starts the server and waits until it answers. After a kill its last workers may still finish what they were at; no new
 * server may touch the files before they are gone, so it is started again until they are.
 */
async function startReady(server: GuardedCommand, setup: PostgresSetup, url: string): Promise<ChildProcess> {
  const deadline = Date.now() + patience;
  for (;;) {
    forgetDeadPostmaster(setup.folder);
    const logged = sizeOf(setup.logFile);
    const child = startGuarded(server, setup.logFile);
    try {
      await untilReady(url, child, deadline);
      return child;
    } catch (error) {
      await stopGuarded(child);
      if (Date.now() > deadline || !isStillInUse(setup.logFile, logged)) {
        throw new Error(
          `PostgreSQL refuses to start: ${lastLine(setup.logFile) ?? String(error)} (see ${setup.logFile}).`,
        );
      }
    }
  }
}

async function untilReady(url: string, child: ChildProcess, deadline: number): Promise<void> {
  for (;;) {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('select 1');
      return;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Whether the server said, since this much was logged, that processes of one that was killed hold its memory. */
function isStillInUse(logFile: string, since: number): boolean {
  const said = readFileSync(logFile).subarray(since).toString();
  return /FATAL: +pre-existing shared memory block/.test(said);
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

function lastLine(logFile: string): string | undefined {
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  const said = lines.findLast((line) => /FATAL|ERROR|did not start/.test(line)) ?? lines.at(-1);
  return said?.replace(/^.*?(FATAL|ERROR): +/, '');
}

async function prepareRoles(url: string, database: string, secrets: Secrets): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const has = async (catalogue: string, column: string, name: string) =>
      (await client.query(`select from ${catalogue} where ${column} = $1`, [name])).rowCount === 1;
    if (!(await has('pg_roles', 'rolname', 'xiaomen_app'))) await client.query('create role xiaomen_app nologin');
    for (const [role, password, rights] of [
      ['xiaomen_owner', secrets.owner, 'createdb createrole'],
      ['xiaomen', secrets.app, ''],
    ] as const) {
      if (!(await has('pg_roles', 'rolname', role))) await client.query(`create role ${role}`);
      await client.query(`alter role ${role} login ${rights} password ${escapeLiteral(password)}`);
    }
    await client.query('grant xiaomen_app to xiaomen');
    await client.query('grant xiaomen_app to xiaomen_owner with admin option');
    if (!(await has('pg_database', 'datname', database))) {
      await client.query(`create database ${escapeIdentifier(database)} owner xiaomen_owner`);
    }
  } finally {
    await client.end();
  }
}
