import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readGateKeys, readWebKeys, readWorkerKeys } from '../platform/keys.ts';
import { demoMark } from './run-process.ts';

it('makes the keys of a real installation once, for their owner only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'xiaomen-keys-'));
  try {
    const make = () => promisify(execFile)(process.execPath, ['bin/keys.ts', folder, 'north']);
    const { stdout } = await make();
    expect(stdout).toMatch(/gate north: identity [0-9a-f]{64}, sealing [0-9a-f]{64}, PIN \d{6}/);
    const session = readWebKeys(join(folder, 'web')).session;
    expect(readWorkerKeys(join(folder, 'worker')).field.current).toBe('f1');
    expect(readGateKeys(join(folder, 'gate-north')).id).toBe('north');
    expect(existsSync(join(folder, 'web', demoMark))).toBe(false);
    expect(statSync(join(folder, 'web', 'session.json')).mode & 0o077).toBe(0);
    await make();
    expect(readWebKeys(join(folder, 'web')).session).toBe(session);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
