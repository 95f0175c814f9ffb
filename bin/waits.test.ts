import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { demoPartnerSettings, demoSecrets } from '../sandbox/demo-settings.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { testKeys } from '../testing/keys.ts';
import { until } from '../testing/until.ts';

const nothing = '127.0.0.1:9';

/** A process with nothing behind it. @returns what its log said, and how it ended, once it was asked to */
async function alone(
  name: string,
  more: Record<string, string>,
): Promise<{ said: string[]; code: unknown; ms: number }> {
  const env = {
    PATH: process.env.PATH,
    XIAOMEN_MODE: 'demo',
    OPS_PORT: '0',
    DATABASE_URL: `postgres://nobody@${nothing}/nothing`,
    TEMPORAL_ADDRESS: nothing,
    ...demoPartnerSettings(`http://${nothing}`, demoSecrets()),
    PUBLIC_URL: `http://${nothing}`,
    ...more,
  };
  const child = spawn(process.execPath, ['--no-warnings', `bin/${name}.ts`], { env });
  let log = '';
  child.stdout.on('data', (text) => {
    log += text;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(() => log.includes('does not answer'), `${name} waits`);
  // Some tries more: after a fifth of a second, and twice as long each time.
  await wait(2_500);
  const began = Date.now();
  child.kill('SIGTERM');
  const code = await ended;
  const lines: { msg: string; ms?: number }[] = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // The second line is due after ten seconds, which a busy machine may take.
  const said = lines.flatMap(({ msg, ms = 0 }) => (ms < 10_000 ? [msg] : []));
  return { said, code, ms: Date.now() - began };
}

it('a process that waits says so once a part, and ends when it is asked to', async () => {
  const { folders } = await testKeys();
  const gate = {
    KEYS_DIR: folders.gates.south?.folder ?? '',
    GATE_ID: 'south',
    GATE_STORE: join(temporaryFolder('xiaomen-waits-'), 'store.db'),
    GATE_PORT: '0',
    DOOR_URL: `http://${nothing}`,
    FEED_URL: `http://${nothing}`,
    FEED_EVERY_MS: '200',
  };
  const ran = await Promise.all([
    alone('worker', { KEYS_DIR: folders.worker }),
    alone('web', { KEYS_DIR: folders.web, WEB_PORT: '0' }),
    alone('gate', gate),
  ]);
  for (const { code, ms } of ran) {
    expect(code).toBe(0);
    expect(ms).toBeLessThan(9_000);
  }
  const waits = ran.map(({ said }) => said.filter((line) => line.endsWith('does not answer')).toSorted());
  const database = ['the database does not answer'];
  expect(waits).toEqual([database, database, ['the engine does not answer', 'the feed does not answer']]);
});
