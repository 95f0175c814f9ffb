import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePortBase } from '../../testing/launched.ts';
import { testTemporal } from '../../testing/temporal.ts';
import { freePort } from '../embedded/ports.ts';

let data: string;
let engine: Record<string, string>;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'xiaomen-refusal-'));
  const { address, namespace } = await testTemporal();
  engine = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

async function refusalOf(env: Record<string, string>): Promise<string> {
  const args = ['bin/launch.ts', '--data', data, '--port-base', String(await freePortBase())];
  const whole = { ...process.env, ...engine, ...env };
  const failure = await promisify(execFile)(process.execPath, args, { env: whole }).catch((error) => error);
  expect(failure.code).toBe(1);
  return failure.stderr.trim().split('\n').at(-1);
}

it('a database of one’s own that does not answer is named, also where a name has several addresses', async () => {
  const port = await freePort();
  for (const host of ['localhost', '127.0.0.1']) {
    const owner = await refusalOf({ DATABASE_URL: `postgres://nobody:secret@${host}:${port}/none` });
    expect(owner).toBe(
      `The database could not be prepared: nothing answers at ${host}:${port}: correct DATABASE_URL, or start PostgreSQL there.`,
    );
  }
});

it('whether the engine is spoken to by TLS is read here as the processes read it', async () => {
  const DATABASE_URL = 'postgres://nobody@127.0.0.1:1/none';
  expect(await refusalOf({ DATABASE_URL, TEMPORAL_TLS: '1' })).toContain('where no Temporal server answers');
  expect(await refusalOf({ DATABASE_URL, TEMPORAL_TLS: 'no' })).toContain('The database could not be prepared');
  expect(await refusalOf({ DATABASE_URL, TEMPORAL_TLS: 'perhaps' })).toMatch(/^Settings: TEMPORAL_TLS is not valid/);
});
