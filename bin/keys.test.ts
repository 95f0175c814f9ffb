import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { readGateKeys, readWebKeys, readWorkerKeys } from '../platform/keys.ts';
import { verifyPassword } from '../platform/password.ts';
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
    // The PIN is told once and stands in no file.
    const [, pin = ''] = /PIN (\d{6})/.exec(stdout) ?? [];
    const files = readdirSync(join(folder, 'gate-north')).map((name) =>
      readFileSync(join(folder, 'gate-north', name), 'utf8'),
    );
    expect(files.join()).not.toContain(`"${pin}"`);
    expect(existsSync(join(folder, 'gate-north', 'demo-pin.json'))).toBe(false);
    expect(await verifyPassword(pin, readGateKeys(join(folder, 'gate-north')).console.pin_hash)).toBe(true);
    expect(statSync(join(folder, 'web', 'session.json')).mode & 0o077).toBe(0);
    expect((await make()).stdout).toContain('its PIN was shown when it was made');
    expect(readWebKeys(join(folder, 'web')).session).toEqual(session);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
