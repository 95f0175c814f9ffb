import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../bin/embedded/ports.ts';
import { writeDemoKeys } from '../../platform/keys.ts';
import { demoPartnerSettings, demoSecrets, sandboxOwnSettings } from '../../sandbox/demo-settings.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { ownGround } from '../../testing/system/ground.ts';
import { until } from '../../testing/until.ts';
import { run } from './command.ts';
import { fillOffice, gates } from './content.ts';
import { type Office, type ProcessName, processNames } from './office.ts';
import { startProxy } from './proxy.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
type Env = Record<string, string>;

/** An office as docs/production.md has it without containers: production settings, and the sandbox for all partners. */
export async function plainOffice(): Promise<Office> {
  const folder = temporaryFolder('xiaomen-production-');
  mkdirSync(join(folder, 'logs'));
  const ground = await ownGround();
  const keys = await writeDemoKeys(join(folder, 'keys'), gates, { keepPins: false });
  await fillOffice(ground.ownerUrl, keys);
  const bundles = join(folder, 'bundles');
  await run(process.execPath, ['--no-warnings', join(top, 'bin/bundle-workflows.ts'), bundles]);
  const port = Object.fromEntries(
    await Promise.all([...processNames, ...opsOf, ...others].map(async (name) => [name, await freePort()])),
  ) as Record<string, number>;
  const at = (name: string) => port[name] ?? 0;
  const proxy = await startProxy({
    folder,
    ports: { https: at('https'), http: at('http'), gates: at('gates') },
    upstreams: [at('web-1'), at('web-2')],
  });
  setDefaultCACertificates([proxy.authority]);
  const sandbox = `http://127.0.0.1:${at('sandbox')}`;
  const secrets = demoSecrets();
  const partners = { ...demoPartnerSettings(sandbox, secrets, at('mail')), PUBLIC_URL: proxy.url };
  const engine = { TEMPORAL_ADDRESS: ground.temporal.address };
  const application = { ...partners, ...engine, DATABASE_URL: ground.url, SETTLE_FOR_MS: '2000' };
  const settings: Record<ProcessName, Env> = {
    'web-1': webSettings('web-1'),
    'web-2': webSettings('web-2'),
    'worker-1': { ...application, KEYS_DIR: keys.worker, WORKFLOW_BUNDLES: bundles },
    'worker-2': { ...application, KEYS_DIR: keys.worker, WORKFLOW_BUNDLES: bundles },
    door: { ...engine, DATABASE_URL: ground.url, KEYS_DIR: keys.door, DOOR_PORT: String(at('door')) },
    gate: {
      KEYS_DIR: keys.gates.south?.folder ?? '',
      GATE_ID: 'south',
      GATE_STORE: join(folder, 'gate.db'),
      GATE_PORT: String(at('gate')),
      DOOR_URL: `http://127.0.0.1:${at('door')}`,
      FEED_URL: `http://127.0.0.1:${at('web-1')}`,
      FEED_EVERY_MS: '500',
    },
  };
  function webSettings(name: 'web-1' | 'web-2'): Env {
    return {
      ...application,
      KEYS_DIR: keys.web,
      WEB_PORT: String(at(name)),
      TRUSTED_PROXIES: '127.0.0.1',
      STAFF_SECOND_FACTOR: 'optional',
    };
  }

  const running = new Map<string, ChildProcess>();
  const started = Object.fromEntries(processNames.map((name) => [name, 0])) as Record<ProcessName, number>;
  const log = (name: string) => join(folder, 'logs', `${name}.log`);
  function begin(name: string, script: string, env: Env): ChildProcess {
    const output = openSync(log(name), 'a');
    const child = spawn(process.execPath, ['--no-warnings', join(top, 'bin', script)], {
      cwd: top,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'info', ...env },
      stdio: ['ignore', output, output],
    });
    running.set(name, child);
    return child;
  }
  function beginProcess(name: ProcessName): void {
    started[name] += 1;
    const child = begin(name, `${name.split('-')[0]}.ts`, { ...settings[name], OPS_PORT: String(at(`${name} ops`)) });
    // As a container's restart policy has it, and a drill counts.
    child.once('exit', (code) => {
      if (running.get(name) === child && code !== 0) beginProcess(name);
    });
  }
  async function end(name: string): Promise<void> {
    const child = running.get(name);
    running.delete(name);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  const office: Office = {
    web: proxy.url,
    sandbox,
    gates: {
      south: { url: `http://127.0.0.1:${at('gate')}`, deviceToken: keys.gates.south?.deviceToken ?? '', pin: '' },
      east: { url: '', deviceToken: '', pin: '' },
    },
    proxy: { isWell: proxy.isWell, said: async () => proxy.said() },
    end,
    async restart(name) {
      await end(name);
      beginProcess(name);
      await until(() => office.assertReady(name).then(() => true), `${name} is ready again`, 180);
    },
    async assertReady(name) {
      const answer = await fetch(`http://127.0.0.1:${at(`${name} ops`)}/readyz`, {
        signal: AbortSignal.timeout(5_000),
      });
      if (!answer.ok) throw new Error(await answer.text());
      await answer.body?.cancel();
    },
    starts: async () => ({ ...started }),
    postgres: { stop: ground.postgres.kill, start: ground.postgres.start },
    engine: { stop: ground.engine.kill, start: ground.engine.start },
    said: async () =>
      processNames.map((name) => `${name}:\n${readFileSync(log(name), 'utf8').slice(-3_000)}`).join('\n\n'),
    async stop() {
      await Promise.all([...running.keys()].map(end));
      await proxy.stop();
      await ground.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  begin('sandbox', 'sandbox.ts', {
    ...partners,
    ...sandboxOwnSettings(secrets),
    XIAOMEN_MODE: 'demo',
    SANDBOX_PORT: String(at('sandbox')),
    SANDBOX_MAIL_PORT: String(at('mail')),
  });
  for (const name of processNames) beginProcess(name);
  try {
    await Promise.all(
      processNames.map((name) => until(() => office.assertReady(name).then(() => true), `${name} is ready`, 180)),
    );
  } catch (error) {
    const said = await office.said();
    await office.stop();
    throw new Error(said, { cause: error });
  }
  return office;
}

const opsOf = processNames.map((name) => `${name} ops`);
const others = ['https', 'http', 'gates', 'sandbox', 'mail'];
