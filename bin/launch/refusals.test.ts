import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePortBase } from '../../testing/launched.ts';
import { freePort } from '../embedded/ports.ts';
import { makeFolders } from './folders.ts';
import { notePid } from './leftovers.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'xiaomen-refusal-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Runs the launcher to its refusal. @returns the one sentence it ends with */
async function refusalOf(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const all = ['bin/launch.ts', '--data', data, ...args];
  const failure = await promisify(execFile)(process.execPath, all, { env: { ...process.env, ...env } }).catch((e) => e);
  expect(failure.code).toBe(1);
  return failure.stderr.trim().split('\n').at(-1);
}

it('a taken port is named, with what to do', async () => {
  const port = await freePortBase();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  try {
    expect(await refusalOf(['--port-base', String(port)])).toMatch(
      new RegExp(`Port ${port} \\(the pages\\) is taken by another program: stop it, or start with other ports`),
    );
  } finally {
    other.close();
  }
});

it('an option that does not exist is named', async () => {
  expect(await refusalOf(['--prot-base', '1'])).toMatch(/--prot-base.*--help/);
});

it('a second start on the same data names the first', async () => {
  notePid(makeFolders(data).run, 'launcher', process.pid);
  expect(await refusalOf([])).toBe(
    `Xiaomen runs here already (process ${process.pid}): use that one, or stop it first with Ctrl-C or "kill ${process.pid}".`,
  );
});

it('a data folder that cannot be made is named', async () => {
  expect(await refusalOf(['--data', '/dev/null/xiaomen'])).toMatch(
    /The folder \/dev\/null\/xiaomen cannot be written to/,
  );
});

it('a data folder of another account is named, as a start under sudo leaves it', async () => {
  const folders = makeFolders(data);
  chmodSync(data, 0o755);
  chmodSync(folders.run, 0o000);
  // Root may do everything: as somebody else, then.
  const asAnybody = `
    const { makeFolders } = await import(${JSON.stringify(new URL('folders.ts', import.meta.url).href)});
    if (process.getuid() === 0) process.setuid(65534);
    try { makeFolders(${JSON.stringify(data)}); } catch (error) { console.log(error.message); }`;
  const args = ['--input-type=module', '-e', asAnybody];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  expect(stdout.trim()).toBe(
    `The folder ${data} cannot be written to (EACCES): clone Xiaomen into a folder of your own, or choose another with --data.`,
  );
});

it('an engine of one’s own that does not answer is named', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const real = { TEMPORAL_ADDRESS: address, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
  expect(await refusalOf(['--port-base', String(await freePortBase())], real)).toContain(
    `TEMPORAL_ADDRESS is ${address}, where no Temporal server answers`,
  );
});
