import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { testKeys } from '../testing/keys.ts';
import { demoMark } from './run-process.ts';

/** A process that cannot start. @returns what it said */
async function wordsOf(script: string, env: Record<string, string>): Promise<string> {
  const own = { PATH: process.env.PATH ?? '', ...env };
  const failure = await promisify(execFile)(process.execPath, [script], { env: own }).catch((error) => error);
  expect(failure.code).toBe(1);
  return failure.stderr.trim();
}

it.each(['web', 'worker', 'door', 'gate', 'sandbox'])(
  '%s names every setting that is missing, in one line',
  async (name) => {
    const said = await wordsOf(`bin/${name}.ts`, {});
    expect(said.split('\n')).toHaveLength(1);
    expect(said).toMatch(new RegExp(`^${name} cannot start: Settings: .*_PORT is missing`));
  },
);

it('web names a proxy that is none', async () => {
  expect(await wordsOf('bin/web.ts', { TRUSTED_PROXIES: '10.0.0.1, proxy.example' })).toContain(
    'TRUSTED_PROXIES is not valid: "proxy.example" is neither an address nor a CIDR',
  );
});

it.each(['DATABASE_URL', 'DATABASE_OWNER_URL'])('npm run migrate says where %s finds nobody', async (setting) => {
  expect(await wordsOf('bin/migrate.ts', { [setting]: 'postgres://nobody:secret@localhost:1/none' })).toBe(
    `The schema could not be brought forward: nothing answers at localhost:1: correct ${setting}, or start PostgreSQL there.`,
  );
});

it('the sandbox is refused outside demo mode', async () => {
  const said = await wordsOf('bin/sandbox.ts', { XIAOMEN_MODE: 'production', SANDBOX_PORT: '1' });
  expect(said).toContain('XIAOMEN_MODE is not valid');
});

it('demo keys are refused outside demo mode', async () => {
  const { folders } = await testKeys();
  const gate = folders.gates.south?.folder ?? '';
  writeFileSync(join(gate, demoMark), '');
  const said = await wordsOf('bin/gate.ts', {
    KEYS_DIR: gate,
    OPS_PORT: '1',
    DOOR_URL: 'http://127.0.0.1:1',
    GATE_ID: 'south',

    GATE_STORE: join(gate, 'store.db'),
    GATE_PORT: '1',
    FEED_URL: 'http://127.0.0.1:1',
  });
  expect(said).toContain('KEYS_DIR holds demo keys, which are refused outside demo mode');
});

it('a process that still waits for its parts ends at once when it is asked to, and well', async () => {
  const folder = temporaryFolder('xiaomen-waiting-');
  const script = join(folder, 'part.ts');
  writeFileSync(
    script,
    `import { runProcess } from ${JSON.stringify(new URL('run-process.ts', import.meta.url).href)};
     const settings = { safeParse: () => ({ success: true, data: { XIAOMEN_MODE: 'demo' } }) };
     setInterval(() => {}, 1_000);
     setTimeout(() => process.stdout.write('waits'), 100);
     await runProcess('part', settings, () => new Promise(() => {}));`,
  );
  const child = spawn(process.execPath, ['--no-warnings', script]);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const began = Date.now();
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(Date.now() - began).toBeLessThan(9_000);
});

it.each(['throw error', 'Promise.reject(error)'])(
  'a fault that nobody handles (%s) is told without its words',
  async (fault) => {
    const folder = mkdtempSync(join(tmpdir(), 'xiaomen-fault-'));
    const script = join(folder, 'part.ts');
    writeFileSync(
      script,
      `import { runProcess } from ${JSON.stringify(new URL('run-process.ts', import.meta.url).href)};
     const settings = { safeParse: () => ({ success: true, data: { XIAOMEN_MODE: 'demo' } }) };
     await runProcess('part', settings, async () => {
       setTimeout(() => { const error = new Error('insert into "person" values (zhang-san-173)'); ${fault}; }, 10);
       return { stop: async () => {} };
     });`,
    );
    try {
      const failure = await promisify(execFile)(process.execPath, [script]).catch((error) => error);
      expect(failure.code).toBe(1);
      expect(failure.stdout + failure.stderr).not.toContain('zhang-san-173');
      expect(JSON.parse(failure.stdout)).toMatchObject({ level: 'fatal', name: 'part', err: { kind: 'Error' } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
