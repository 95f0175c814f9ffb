import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { freePort } from './embedded/ports.ts';

function enrol(...flags: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ['bin/gate-enrol.ts', ...flags], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data;
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
}

it('says what it is given, where that is missing or no address', async () => {
  for (const flags of [[], ['--keys', 'keys'], ['--server', 'north', '--keys', 'keys']]) {
    expect(await enrol(...flags)).toEqual({ code: 1, said: expect.stringMatching(/^Usage: npm run gate:enrol/) });
  }
}, 60_000);

it('says that the server does not answer, and goes on with the same code afterwards', async () => {
  const folder = join(temporaryFolder('xiaomen-box-'), 'keys');
  const server = `http://127.0.0.1:${await freePort()}`;
  const made: string[] = [];
  for (const _ of [1, 2]) {
    const { code, said } = await enrol('--server', `${server}/`, '--keys', folder);
    expect([code, said]).toEqual([1, expect.stringContaining(`${server} does not answer`)]);
    expect(readdirSync(folder)).toEqual(['enrolment.json']);
    made.push(readFileSync(join(folder, 'enrolment.json'), 'utf8'));
  }
  expect(made[0]).toBe(made[1]);
}, 60_000);
