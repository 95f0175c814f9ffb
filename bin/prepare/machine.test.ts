import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { refusal } from './machine.mjs';

const run = promisify(execFile);

it('accepts this machine', () => {
  expect(refusal()).toBeUndefined();
});

it('says in one sentence what to do on native Windows', () => {
  expect(refusal({ platform: 'win32' })).toMatch(/WSL 2/);
});

it('says in one sentence which Node to begin with', () => {
  expect(refusal({ version: '18.20.4' })).toMatch(/Node 20 or later .* Node 18\.20\.4: install/);
});

it('says in one sentence that a folder cannot be written to', () => {
  expect(refusal({ folder: '/no/such/folder' })).toMatch(/\/no\/such\/folder cannot be written to/);
});

it.each(['bin/start.mjs', 'bin/test.mjs', 'bin/run.mjs'])(
  '%s ends with that sentence and a failure',
  async (script) => {
    const env = { ...process.env, XIAOMEN_PRETEND_NODE: '18.20.4' };
    const failure = await run(process.execPath, [script], { env }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr.trim().split('\n')).toHaveLength(1);
    expect(failure.stderr).toContain('Xiaomen needs Node 20 or later');
  },
);
