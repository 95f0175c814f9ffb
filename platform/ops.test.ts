import { afterEach, expect, it, vi } from 'vitest';
import { endTogether } from './ending.ts';
import { createLog } from './log.ts';
import { type Ops, startOps } from './ops.ts';

let ops: Ops | undefined;
afterEach(() => ops?.close());

const start = (checks: Parameters<typeof startOps>[0]['checks']) =>
  startOps({ host: '127.0.0.1', port: 0, checks, log: createLog('test', 'silent') });
const here = async () => {};
const gone = async () => {
  throw new Error('gone');
};
const never = () => new Promise(() => {});

it('is ready without what is merely useful, and names it', async () => {
  ops = await start({ postgres: { required: true, probe: here }, temporal: { required: false, probe: gone } });
  const ready = await fetch(`${ops.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ ready: true, degraded: ['temporal'] });
  expect((await fetch(`${ops.url}/healthz`)).status).toBe(200);
});

it('is not ready without what it needs, even when that only hangs', async () => {
  ops = await start({ postgres: { required: true, probe: never } });
  const ready = await fetch(`${ops.url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ ready: false, degraded: ['postgres'] });
});

it('answers what was asked of it when its process ends, also where a part says nothing', async () => {
  const log = { warn: vi.fn() };
  let asked = 0;
  const hangs = () => {
    asked += 1;
    return never();
  };
  ops = await start({ postgres: { required: true, probe: hangs } });
  const answers = ['/readyz', '/metrics'].map((path) => fetch(`${ops?.url}${path}`));
  await expect.poll(() => asked).toBe(2);
  // Less than a check may take, as every process gives it.
  await endTogether({ operations: ops.close }, { patience: 1_000, log: log as never });
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([503, 200]);
  expect(log.warn).not.toHaveBeenCalled();
});

it('gives figures to Prometheus, and nothing else', async () => {
  ops = await start({});
  expect(await (await fetch(`${ops.url}/metrics`)).text()).toContain('process_cpu_seconds_total');
  expect((await fetch(`${ops.url}/anything`)).status).toBe(404);
});

it('says in figures what it cannot do its main job without', async () => {
  ops = await start({
    postgres: { required: true, probe: gone },
    polling: { required: true, probe: here },
    sms: { required: false, probe: gone },
  });
  const metrics = await (await fetch(`${ops.url}/metrics`)).text();
  expect(metrics.match(/^xiaomen_part_well.*$/gm)).toEqual([
    'xiaomen_part_well{part="postgres"} 0',
    'xiaomen_part_well{part="polling"} 1',
  ]);
});

it('says when its port is taken', async () => {
  ops = await start({});
  await expect(
    startOps({ host: '127.0.0.1', port: ops.port, checks: {}, log: createLog('t', 'silent') }),
  ).rejects.toThrow('EADDRINUSE');
});
