import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../testing/until.ts';
import { identityOf } from '../embedded/process-identity.ts';
import { endLeftovers, notePid, runningLauncher } from './leftovers.ts';

let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'xiaomen-run-'));
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

function startStubborn(): { pid: number; end(): void } {
  const child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { stdio: 'ignore' });
  return { pid: child.pid ?? 0, end: () => child.kill('SIGKILL') };
}

it('ends what a crash left, even when it does not listen', async () => {
  const left = startStubborn();
  notePid(run, 'web', left.pid);
  expect(await endLeftovers(run)).toEqual(['web']);
  await until(() => identityOf(left.pid) === undefined, 'the leftover is gone');
  expect(readdirSync(run)).toEqual([]);
});

it("leaves a process alone that only has a leftover's number", async () => {
  const somebodyElse = startStubborn();
  writeFileSync(
    join(run, 'web.pid'),
    JSON.stringify({ name: 'web', pid: somebodyElse.pid, identity: 'an earlier boot/12345' }),
  );
  try {
    expect(await endLeftovers(run)).toEqual([]);
    expect(identityOf(somebodyElse.pid)).toBeDefined();
  } finally {
    somebodyElse.end();
  }
});

it('ignores a pid file cut short by a crash', async () => {
  writeFileSync(join(run, 'web.pid'), '{"name":"we');
  expect(await endLeftovers(run)).toEqual([]);
});

it('sees that a launcher runs on the same data', () => {
  expect(runningLauncher(run)).toBeUndefined();
  notePid(run, 'launcher', process.pid);
  expect(runningLauncher(run)).toBe(process.pid);
});
