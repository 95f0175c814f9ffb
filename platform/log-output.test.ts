import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { until } from '../testing/until.ts';
import { createLogOutput } from './log-output.ts';

/** A process that writes far more than may wait, and listens for the operators all the while. */
const talkative = `
  import { createLog } from '${new URL('./log.ts', import.meta.url)}';
  import { startOps } from '${new URL('./ops.ts', import.meta.url)}';
  const log = createLog('talkative');
  for (let line = 0; line < 20000; line += 1) log.info({ count: line }, 'x'.repeat(100));
  const ops = await startOps({ host: '127.0.0.1', port: 0, checks: {}, log });
  process.once('disconnect', () => process.exit(7));
  process.send(ops.url);
`;

test('a process whose log finds no room goes on, counts what is lost, says so, and ends at once', async () => {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', talkative], {
    stdio: ['ignore', full, full, 'ipc'],
  });
  closeSync(full);
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const url = await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended]);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(Number(/^log_lines_lost (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(1_000);
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, degraded: ['log'] }]);
  const began = Date.now();
  child.disconnect();
  expect(await ended).toBe(7);
  expect(Date.now() - began).toBeLessThan(9_000);
});

test('what waited is written in order once it can be, and then how much is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-log-'));
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const listen = () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const first = listen();
  const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  closeSync(first);

  const output = createLogOutput(fd);
  output.write('first\n');
  await until(() => output.isFailing(), 'nobody reads');
  const long = `${'x'.repeat(999_999)}\n`;
  for (const line of ['second\n', long, 'third\n', long, long]) output.write(line);
  expect(output.lost()).toBe(2);

  const reader = listen();
  let read = '';
  await until(() => {
    read += readAll(reader);
    return read.includes('lines were lost"}\n');
  }, 'everything is written');
  expect(read.replaceAll('x', '').split('\n').slice(0, 4)).toEqual(['first', 'second', '', 'third']);
  expect(JSON.parse(read.split('\n').at(-2) ?? '')).toMatchObject({ count: 2, msg: 'lines were lost' });
  expect([output.isFailing(), output.lost()]).toEqual([false, 2]);
  closeSync(reader);
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

/** What a pipe holds at the moment. */
function readAll(pipe: number): string {
  const bytes = Buffer.alloc(1 << 16);
  let read = '';
  try {
    for (let length = -1; length !== 0; read += bytes.toString('utf8', 0, length)) length = readSync(pipe, bytes);
  } catch (error) {
    expect(error).toMatchObject({ code: 'EAGAIN' });
  }
  return read;
}
