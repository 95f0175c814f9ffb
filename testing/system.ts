import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { PayloadCodec } from '@temporalio/common';
import type { Knex } from 'knex';
import { startWorker } from '../activities/start.ts';
import { freePort } from '../bin/embedded/ports.ts';
import { demoPassword, gateIds } from '../bin/seed/content.ts';
import { seedDemo } from '../bin/seed.ts';
import type { OverstayTimes } from '../domain/overstay.ts';
import { startDoor } from '../door/start.ts';
import { startGate } from '../gate-worker/start.ts';
import { createCodec, createReader } from '../platform/codec.ts';
import { doorSchema, gateSchema, readSettings, sandboxSchema, webSchema, workerSchema } from '../platform/config.ts';
import { createBlindIndex, createFieldCipher } from '../platform/crypto.ts';
import { openDatabase } from '../platform/db.ts';
import { readWebKeys, writeDemoKeys } from '../platform/keys.ts';
import { createLog } from '../platform/log.ts';
import { connectClient, installRuntime } from '../platform/temporal.ts';
import { startSandbox } from '../sandbox/start.ts';
import { startWeb } from '../web/start.ts';
import { type Ground, sharedGround } from './system/ground.ts';
import { type Part, type PartPlan, partApart, partInside, untilReady } from './system/parts.ts';
import { type PartName, type PartSettings, type Ports, settingsOf } from './system/settings.ts';

export type GateId = 'south' | 'east';

/** Who can log in at /staff/login in a system made from the demo's content. */
export const staffLogins = {
  /** Decides for 信息科学与工程学院. */
  approver: { username: 'approver', password: demoPassword },
  /** Decides for 后勤管理处. */
  otherApprover: { username: 'approver2', password: demoPassword },
  admin: { username: 'admin', password: demoPassword },
  /** For the whole university, both. */
  security: { username: 'security', password: demoPassword },
  auditor: { username: 'auditor', password: demoPassword },
};

export interface System {
  /** Origins, without a slash at the end. */
  web: string;
  sandbox: string;
  gates: Record<GateId, { url: string; deviceToken: string; pin: string }>;
  parts: Record<PartName, Part>;
  /** The settings of each part, as its environment. */
  env: PartSettings;
  /** Where the operators look: `/readyz`, `/metrics`. */
  ops: { web: string; worker: string; south: string };
  /** As the owner of the database: for looking at what no page shows. */
  owner: Knex;
  /** As the application. */
  db: Knex;
  client: Client;
  codec: Pick<PayloadCodec, 'decode'>;
  cipher: ReturnType<typeof createFieldCipher>;
  index: ReturnType<typeof createBlindIndex>;
  /** A folder of its own, removed by `stop`: gate stores, `logs/`, keys. */
  folder: string;
  /** Every log file, those of PostgreSQL and the engine too where the ground is one's own. */
  logs: string[];
  /** Ends everything and leaves nothing. */
  stop(): Promise<void>;
}

export interface SystemOptions {
  /** Left out: the servers of the test run. A ground that is handed over is dropped with the system. */
  ground?: Ground;
  /** `inside` this process (quick), or `apart` as children of bin/ (can be killed). */
  run?: 'inside' | 'apart';
  /** Milliseconds. */
  durations?: { draftTtl?: number; settleFor?: number; overstay?: OverstayTimes };
  logLevel?: 'silent' | 'info' | 'debug';
  /** Where parts that run apart write their output instead of `logs/`, as `/dev/full` is a disk without room. */
  output?: string;
  /** More environment for parts that run apart: for all, and for one. */
  env?: Record<string, string>;
  envOf?: Partial<Record<PartName, Record<string, string>>>;
  /** False: no demo's content, as in an empty installation. */
  seed?: boolean;
  /** Left out: every part. */
  start?: PartName[];
}

/** Brings a whole product up on free ports: sandbox, worker, web, door and the gates south and east. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const ground = options.ground ?? (await sharedGround());
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-system-'));
  chmodSync(folder, 0o700);
  mkdirSync(join(folder, 'logs'));
  const keys = await writeDemoKeys(join(folder, 'keys'), gateIds);
  const ports = await freePorts();
  const env = settingsOf({
    ground,
    keys,
    ports,
    folder,
    logLevel: options.logLevel ?? 'silent',
    durations: { settleFor: 2_000, ...options.durations },
  });
  const owner = openDatabase({ DATABASE_URL: ground.ownerUrl, DATABASE_POOL: 2 });
  const db = openDatabase({ DATABASE_URL: ground.url, DATABASE_POOL: 5 });
  const webKeys = readWebKeys(keys.web);
  const codec = createCodec(webKeys.codec);
  const temporal = connectClient(readSettings(webSchema, env.web), codec);
  if (options.seed !== false) await seedDemo(owner, keys);

  const plans = plansOf(env, ports, folder).map((plan) => ({
    ...plan,
    logFile: options.output ?? plan.logFile,
    env: { ...plan.env, ...options.env, ...options.envOf?.[plan.name] },
  }));
  if (options.run !== 'apart') installRuntime(createLog('system', options.logLevel ?? 'silent'));
  const make = (plan: PartPlan) => (options.run === 'apart' ? partApart(plan) : partInside(starters[plan.name](plan)));
  const parts = Object.fromEntries(plans.map((plan) => [plan.name, make(plan)])) as Record<PartName, Part>;
  const wanted = plans.filter(({ name }) => options.start?.includes(name) ?? true);

  async function stop(): Promise<void> {
    const stopping = ['gate-south', 'gate-east', 'door', 'web', 'worker', 'sandbox'] as const;
    await Promise.allSettled(stopping.map((name) => parts[name].stop()));
    await Promise.allSettled([temporal.close(), owner.destroy(), db.destroy()]);
    await ground.drop();
    rmSync(folder, { recursive: true, force: true });
  }

  try {
    await allOrNone(wanted.map(({ name }) => parts[name].start()));
    await allOrNone(wanted.map(untilReady));
  } catch (error) {
    await stop();
    throw error;
  }
  const gate = (id: GateId) => ({
    url: `http://127.0.0.1:${ports[id]}`,
    deviceToken: keys.gates[id]?.deviceToken ?? '',
    pin: keys.gates[id]?.pin ?? '',
  });
  return {
    web: `http://127.0.0.1:${ports.web}`,
    sandbox: `http://127.0.0.1:${ports.sandbox}`,
    gates: { south: gate('south'), east: gate('east') },
    parts,
    env,
    ops: {
      web: `http://127.0.0.1:${ports.webOps}`,
      worker: `http://127.0.0.1:${ports.workerOps}`,
      south: `http://127.0.0.1:${ports.southOps}`,
    },
    owner,
    db,
    folder,
    codec: createReader(webKeys.codec),
    stop,
    client: temporal.client,
    cipher: createFieldCipher(webKeys.field),
    index: createBlindIndex(webKeys.index),
    logs: [...ground.logs, ...plans.map(({ logFile }) => logFile)],
  };
}

/** Waits for each, also after one has failed: what has not started yet cannot be stopped. */
async function allOrNone(starting: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(starting)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}

async function freePorts(): Promise<Ports> {
  const names = [
    'web',
    'sandbox',
    'mail',
    'door',
    'south',
    'east',
    'webOps',
    'workerOps',
    'doorOps',
    'southOps',
    'eastOps',
  ];
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await freePort());
  const given = [...ports];
  return Object.fromEntries(names.map((name, n) => [name, given[n]])) as Ports;
}

function plansOf(env: ReturnType<typeof settingsOf>, ports: Ports, folder: string): PartPlan[] {
  const ready = (port: number, path = '/readyz') => `http://127.0.0.1:${port}${path}`;
  const readyUrls: Record<PartName, string> = {
    sandbox: ready(ports.sandbox, '/'),
    worker: ready(ports.workerOps),
    web: ready(ports.webOps),
    door: ready(ports.doorOps),
    'gate-south': ready(ports.southOps),
    'gate-east': ready(ports.eastOps),
  };
  return (Object.keys(readyUrls) as PartName[]).map((name) => ({
    name,
    env: env[name],
    logFile: join(folder, 'logs', `${name}.log`),
    readyUrl: readyUrls[name],
  }));
}

type Starter = ({ env }: PartPlan) => () => Promise<{ stop(): Promise<void> }>;
const gateStarter: Starter =
  ({ env }) =>
  () =>
    startGate(readSettings(gateSchema, env));
const starters: Record<PartName, Starter> = {
  sandbox:
    ({ env }) =>
    () =>
      startSandbox(readSettings(sandboxSchema, env)),
  worker:
    ({ env }) =>
    () =>
      startWorker(readSettings(workerSchema, env)),
  web:
    ({ env }) =>
    () =>
      startWeb(readSettings(webSchema, env)),
  door:
    ({ env }) =>
    () =>
      startDoor(readSettings(doorSchema, env)),
  'gate-south': gateStarter,
  'gate-east': gateStarter,
};
