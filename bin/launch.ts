import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase } from '../platform/db.ts';
import { type DemoKeys, writeDemoKeys } from '../platform/keys.ts';
import { getEngine } from './embedded/get-engine.ts';
import { childPart, logFileOf } from './launch/child.ts';
import { keepForDoctor } from './launch/demo-settings-file.ts';
import { type Folders, makeFolders } from './launch/folders.ts';
import { lanAddressOfThisMachine } from './launch/lan.ts';
import { endLeftovers, forgetPid, notePid, runningLauncher } from './launch/leftovers.ts';
import { type Options, readOptions, usage } from './launch/options.ts';
import { type Ports, portsFrom, requireFree } from './launch/ports.ts';
import { untilReady } from './launch/ready.ts';
import { prepareRealTemporal } from './launch/real-temporal.ts';
import { lanWarning, screen } from './launch/screen.ts';
import { keepPostgres, keepTemporal } from './launch/servers.ts';
import { hasNoSandbox, namespace, plansOf, publicUrl, type RealParts, realParts } from './launch/settings.ts';
import { createSupervisor } from './launch/supervisor.ts';
import { progress } from './prepare/progress.mjs';
import { demoMark } from './run-process.ts';
import { gateIds } from './seed/content.ts';
import { addDemoFees } from './seed/fees.ts';
import { addDemoMailboxes, seedDemo } from './seed.ts';
import { migrateDatabase } from './setup/database.ts';
import { databaseWords } from './setup/database-words.ts';

/**
 * npm start: the whole of Xiaomen on one machine, as a demo. Embedded servers first, then the schema
 * and the demo's rows, then our own processes; afterwards a part that ends is started again until we are
 * told to stop.
 */
const began = Date.now();
const ours = ['gate-south', 'gate-east', 'door', 'web', 'worker', 'sandbox'];
const servers = ['postgres', 'temporal'];

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else await launch(options);
} catch (error) {
  console.error(`\n${(error as Error).message}`);
  process.exit(1);
}

async function launch(options: Options): Promise<void> {
  const folders = makeFolders(options.data);
  const other = runningLauncher(folders.run);
  if (other)
    throw new Error(
      `Xiaomen runs here already (process ${other}): use that one, or stop it first with Ctrl-C or "kill ${other}".`,
    );
  const ended = await endLeftovers(folders.run);
  if (ended.length > 0) console.log(`Ended what an earlier run left behind: ${ended.join(', ')}.`);
  notePid(folders.run, 'launcher', process.pid);

  const supervisor = createSupervisor(createReport(folders));
  stopWhenAsked(supervisor, folders);
  try {
    await bringUp(options, folders, supervisor);
  } catch (error) {
    await stopAll(supervisor, folders);
    throw error;
  }
}

async function bringUp(
  options: Options,
  folders: Folders,
  supervisor: ReturnType<typeof createSupervisor>,
): Promise<void> {
  const { env } = process;
  const real = realParts(env);
  const lanAddress = options.lan ? lanAddressOfThisMachine() : undefined;
  if (lanAddress) console.log(lanWarning(lanAddress));
  const ports = portsFrom(options.portBase);
  await requireFree(ports, portsNeeded(ports, real), options.portBase);
  const keys = await demoKeys(folders);

  if (!real.temporal) await getEngine();
  const [database, temporalAddress] = await progress('Starting PostgreSQL and the engine', () =>
    serversFor(real, supervisor, folders, ports),
  );
  await progress('Preparing the database', () => prepareDatabase(database, keys, real));

  const around = { env, real, folders, ports, keys, lanAddress, temporalAddress, databaseUrl: database.appUrl };
  const plans = plansOf(around);
  keepForDoctor(folders, plans);
  const late = await progress('Starting the pages, the worker, the door and the gates', async () => {
    await Promise.all(plans.map((plan) => supervisor.start(childPart(plan, folders))));
    return untilReady(ports);
  });
  const pins = Object.fromEntries(gateIds.map((id) => [id, keys.gates[id]?.pin ?? '']));
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(screen({ publicUrl: publicUrl(around), ports, folders, real, pins, lanAddress, seconds, late }));
}

function portsNeeded(ports: Ports, real: RealParts): (keyof Ports)[] {
  const embedded = {
    postgres: !real.database,
    temporal: !real.temporal,
    temporalUi: !real.temporal,
    sandbox: !hasNoSandbox(real),
    mail: !hasNoSandbox(real),
  };
  return (Object.keys(ports) as (keyof Ports)[]).filter((use) => embedded[use as keyof typeof embedded] ?? true);
}

async function demoKeys(folders: Folders): Promise<DemoKeys> {
  const keys = await writeDemoKeys(folders.keys, gateIds);
  for (const folder of [keys.web, keys.worker, keys.door, ...Object.values(keys.gates).map((gate) => gate.folder)]) {
    writeFileSync(join(folder, demoMark), 'Made by npm start for a demo; refused outside demo mode.\n');
  }
  return keys;
}

/** `setting`: the one that named it. */
type Database = { ownerUrl: string; appUrl: string; setting?: string };

/** The database and the engine: embedded and kept running, or the real ones that the environment names. */
function serversFor(
  real: RealParts,
  supervisor: ReturnType<typeof createSupervisor>,
  folders: Folders,
  ports: Ports,
): Promise<[Database, string]> {
  const { env } = process;
  return Promise.all([
    real.database ? ownDatabase(env) : keepPostgres(supervisor, folders, ports),
    real.temporal
      ? prepareRealTemporal(env, namespace(env)).then(() => env.TEMPORAL_ADDRESS ?? '')
      : keepTemporal(supervisor, folders, ports),
  ]);
}

function ownDatabase({ DATABASE_URL = '', DATABASE_OWNER_URL }: NodeJS.ProcessEnv): Database {
  const setting = DATABASE_OWNER_URL ? 'DATABASE_OWNER_URL' : 'DATABASE_URL';
  return { ownerUrl: DATABASE_OWNER_URL || DATABASE_URL, appUrl: DATABASE_URL, setting };
}

async function prepareDatabase(
  { ownerUrl, setting = 'the data' }: Database,
  keys: DemoKeys,
  real: RealParts,
): Promise<void> {
  const owner = openDatabase({ DATABASE_URL: ownerUrl, DATABASE_POOL: 2 });
  try {
    await migrateDatabase(ownerUrl);
    await seedDemo(owner, keys);
    if (!real.mail) await addDemoMailboxes(owner, keys, { wecom: !real.wecom });
    if (!real.wechat) await addDemoFees(owner);
  } catch (error) {
    throw new Error(`The database could not be prepared: ${databaseWords(error, setting, ownerUrl)}`);
  } finally {
    await owner.destroy();
  }
}

/** What happens later: on the console, and kept in the launcher's log. */
function createReport(folders: Folders): (line: string) => void {
  const file = logFileOf(folders.logs, 'launcher');
  return (line) => {
    const timed = `${new Date().toISOString()} ${line}`;
    try {
      appendFileSync(file, `${timed}\n`, { mode: 0o600 });
    } catch {
      // A disk that is full costs this line, and ends nothing; it is on the screen.
    }
    console.log(`  ${timed}`);
  };
}

/** Ctrl-C, SIGTERM, a closed terminal, or the end of the process that started us. */
function stopWhenAsked(supervisor: ReturnType<typeof createSupervisor>, folders: Folders): void {
  let asked = false;
  const stop = async (why: string) => {
    if (asked) return;
    asked = true;
    console.log(`\nStopping (${why}) …`);
    await stopAll(supervisor, folders);
    console.log('Stopped. Visits in flight go on at the next start.');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(signal));
  if (process.connected) process.on('disconnect', () => void stop('the command that started it is gone'));
  // A closed terminal takes the console with it; that must not keep us from stopping.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Ours first: they still say goodbye to the servers. */
async function stopAll(supervisor: ReturnType<typeof createSupervisor>, folders: Folders): Promise<void> {
  await supervisor.stop(ours);
  await supervisor.stop(servers);
  forgetPid(folders.run, 'launcher');
}
