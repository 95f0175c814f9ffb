import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePortBase, launch, processesOf } from '../testing/launched.ts';
import { until } from '../testing/until.ts';

it('npm start brings everything up, brings back what is killed, and leaves nothing when it is killed itself', async () => {
  const data = mkdtempSync(join(tmpdir(), 'xiaomen-launch-'));
  chmodSync(data, 0o755);
  const portBase = await freePortBase();
  const running = await launch(data, portBase);
  const known = [...Object.values(running.pids()), running.process.pid ?? 0];
  try {
    for (const offset of [0, 1, 2, 3]) expect(running.said()).toContain(`http://127.0.0.1:${portBase + offset}/`);
    expect((await fetch(`http://127.0.0.1:${portBase}/staff/login`)).status).toBe(200);

    process.kill(running.pids().web ?? 0, 'SIGKILL');
    await until(() => running.said().includes('web runs again'), 'web runs again', 60);
    expect(running.said()).toContain('web was ended by SIGKILL; starting it again in 0.5 s');
    known.push(...Object.values(running.pids()));
  } finally {
    running.process.kill('SIGKILL');
  }
  await until(() => processesOf(data, known).length === 0, 'no process is left', 10);
  rmSync(data, { recursive: true, force: true });
}, 180_000);
