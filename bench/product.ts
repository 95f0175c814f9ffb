import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type OwnGround, ownGround } from '../testing/system/ground.ts';
import { type System, startSystem } from '../testing/system.ts';
import { type People, preparePeople } from './people.ts';

/** The whole product, each part a process of its own on servers of its own, with people who can use it at once. */
export interface Product extends System {
  temporal: { address: string; namespace: string };
  people: People;
  /** The servers, to be killed and brought back. */
  ground: OwnGround;
  /** As the application. */
  databaseUrl: string;
  /** Process numbers by name. */
  processes(): Record<string, number>;
}

/** Durable as in production: PostgreSQL with fsync, the engine as `npm start` runs it. */
export async function startProduct(): Promise<Product> {
  const ground = await ownGround();
  const system = await startSystem({
    ground,
    run: 'apart',
    logLevel: 'info',
    durations: { settleFor: 10_000 },
    // As often as gates ask by default; tests have them ask all the time.
    env: { FEED_EVERY_MS: '2000' },
  });
  try {
    await system.owner('campus').update({ daily_capacity: null });
    const people = await preparePeople(system, join(system.folder, 'keys', 'web'));
    return { ...system, ground, temporal: ground.temporal, databaseUrl: ground.url, people, processes: ourProcesses };
  } catch (error) {
    await system.stop();
    throw error;
  }
}

/** Our children by what they run: the parts by their file in bin/, a server by the guardian that holds it. */
function ourProcesses(): Record<string, number> {
  const rows = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
      return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
    });
  const found: Record<string, number> = {};
  for (const { pid, command } of rows.filter(({ parent }) => parent === process.pid)) {
    const part = /bin\/(web|worker|gate|sandbox)\.ts/.exec(command)?.[1];
    const server = /"name":"(postgres|temporal)"/.exec(command)?.[1];
    if (part !== undefined) found[part in found ? `${part}-2` : part] = pid;
    else if (server !== undefined) found[server] = rows.find(({ parent }) => parent === pid)?.pid ?? pid;
  }
  return found;
}
