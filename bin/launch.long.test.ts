import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePortBase, type Launched, launch, pidsIn, processesOf } from '../testing/launched.ts';
import { until } from '../testing/until.ts';
import { identityOf } from './embedded/process-identity.ts';

let data: string;
let portBase: number;
let running: Launched | undefined;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'xiaomen-launch-'));
  chmodSync(data, 0o755);
  portBase = await freePortBase();
});
afterEach(async () => {
  running?.process.kill('SIGTERM');
  await running?.ended;
  running = undefined;
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const start = async () => {
  running = await launch(data, portBase);
  return running;
};
const answers = async (offset: number, path = '/readyz') => {
  const answer = await fetch(`http://127.0.0.1:${portBase + offset}${path}`, { signal: AbortSignal.timeout(3_000) });
  await answer.body?.cancel();
  return answer.ok;
};
/** Operations ports of web, worker, the two gates and the door. */
const allReady = async () => (await Promise.all([5, 6, 7, 8, 13].map((offset) => answers(offset)))).every(Boolean);
const allOf = (one: Launched) => [...Object.values(one.pids()), one.process.pid ?? 0];
const nothingLeft = (known: number[]) =>
  until(() => processesOf(data, known).length === 0, `no process is left: ${processesOf(data, known).join('; ')}`, 10);

describe('npm start', () => {
  it('shows every address and login, on loopback only', async () => {
    const { said, pids } = await start();
    for (const offset of [0, 1, 2, 3]) expect(said()).toContain(`http://127.0.0.1:${portBase + offset}/`);
    expect(said()).toMatch(/approver .*admin /s);
    expect(Object.keys(pids()).sort()).toEqual(
      ['door', 'gate-east', 'gate-south', 'launcher', 'postgres', 'sandbox', 'temporal', 'web', 'worker'].sort(),
    );
    expect(listeningElsewhere(allOf(running as Launched))).toEqual([]);
  });

  it('is ready again within 15 s, on the same data', async () => {
    const { said } = await start();
    expect(Number(/is ready \((\d+) s\)/.exec(said())?.[1])).toBeLessThanOrEqual(15);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves no process 10 s after %s, and ends well', async (signal) => {
    const one = await start();
    const known = allOf(one);
    one.process.kill(signal);
    await nothingLeft(known);
    expect(await one.ended).toBe(0);
    expect(pidsIn(join(data, 'run'))).toEqual({});
  });

  it('leaves no process 10 s after kill -9 of the launcher', async () => {
    const one = await start();
    const known = allOf(one);
    one.process.kill('SIGKILL');
    await nothingLeft(known);
  });

  it('leaves no process 10 s after kill -9 of the command that started the launcher', async () => {
    running = await launch(data, portBase, ['bin/run.mjs', 'bin/launch.ts']);
    const known = allOf(running);
    running.process.kill('SIGKILL');
    await nothingLeft(known);
  });

  it('first ends what a crash left behind', async () => {
    const one = await start();
    const { web, ...others } = one.pids();
    // A process that is stopped hears nothing, not even that its launcher is gone.
    process.kill(web ?? 0, 'SIGSTOP');
    one.process.kill('SIGKILL');
    await until(
      () => Object.values(others).every((pid) => identityOf(pid) === undefined),
      'the others have stopped by themselves',
    );
    expect(identityOf(web ?? 0)).toBeDefined();

    const { said } = await start();
    expect(said()).toContain('Ended what an earlier run left behind: web.');
    expect(identityOf(web ?? 0)).toBeUndefined();
  });

  it('brings every part back after kill -9 and says which and why', async () => {
    const one = await start();
    for (const name of ['web', 'worker', 'door', 'gate-south', 'sandbox', 'postgres', 'temporal']) {
      const before = one.pids()[name] ?? 0;
      process.kill(before, 'SIGKILL');
      await until(() => (one.pids()[name] ?? before) !== before, `${name} runs again`, 60);
      await until(() => one.said().includes(`${name} runs again`), `${name} is said to run again`, 60);
      expect(one.said()).toMatch(
        new RegExp(`${name} was ended by SIGKILL; starting it again in 0.5 s \\(log: .*${name}.log\\)`),
      );
    }
    await until(allReady, 'everything is ready again', 60);
    expect(readFileSync(join(data, 'logs', 'launcher.log'), 'utf8')).toContain('postgres was ended by SIGKILL');
  });

  it('waits longer each time that a part ends again', async () => {
    const one = await start();
    for (const delay of ['0.5', '1', '2']) {
      process.kill(one.pids().sandbox ?? 0, 'SIGKILL');
      await until(() => one.said().includes(`starting it again in ${delay} s`), `a delay of ${delay} s`);
      const runs = () => one.said().split('sandbox runs again').length - 1;
      await until(() => runs() === ['0.5', '1', '2'].indexOf(delay) + 1, 'the sandbox runs again', 60);
    }
  });
});

/** Sockets of these processes that listen on an address beyond this machine. */
function listeningElsewhere(pids: number[]): string[] {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'utf8').split('\n').slice(1));
  const ports = new Set(Array.from({ length: 11 }, (_, n) => portBase + n));
  expect(pids.length).toBeGreaterThan(0);
  return tables.flat().filter((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    const loopback = address === '0100007F' || address.endsWith('0000000001000000') || address.endsWith('0100007F');
    return state === '0A' && ports.has(Number.parseInt(port, 16)) && !loopback;
  });
}
