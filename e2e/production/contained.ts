import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { freePort } from '../../bin/embedded/ports.ts';
import { writeDemoKeys } from '../../platform/keys.ts';
import { demoPartnerSettings, demoSecrets } from '../../sandbox/demo-settings.ts';
import { until } from '../../testing/until.ts';
import { run } from './command.ts';
import * as containers from './compose-up.ts';
import { fillOffice, gates } from './content.ts';
import { type ContainedOffice, type ProcessName, processNames } from './office.ts';
import { relayInContainer, startSandboxBeside } from './sandbox-beside.ts';
import { makeStandIns } from './stand-in-images.ts';
import { takeTurn } from './turn.ts';

const setUp = fileURLToPath(new URL('../../bin/setup-production.ts', import.meta.url));

/**
 * The office of `docker-compose.yml`: the image built, the file brought up as it is, with the `.env` that the setup writes, and
 * the sandbox beside it as every partner. What an earlier drill left is removed first.
 */
export async function containedOffice(): Promise<ContainedOffice> {
  const giveTurn = await takeTurn();
  const folder = containers.copySources();
  const beside: { stop(): void }[] = [];
  const down = () => {
    for (const one of beside) one.stop();
    return containers.composeDown(folder).finally(giveTurn);
  };
  try {
    return { ...(await officeIn(folder, beside)), stop: down };
  } catch (error) {
    const said = await wordsOf([...processNames, 'migrate', 'engine', 'proxy', 'backup']);
    await down();
    throw new Error(said, { cause: error });
  }
}

/** @param beside what runs outside of containers is added here */
async function officeIn(folder: string, beside: { stop(): void }[]): Promise<Omit<ContainedOffice, 'stop'>> {
  await containers.removeLeftOvers();
  await makeStandIns();
  const [https, http] = [await freePort(), await freePort()];
  const ports = {
    sandbox: await freePort(),
    mail: await freePort(),
    sandboxDoor: await freePort(),
    mailDoor: await freePort(),
  };
  const sandbox = `http://127.0.0.1:${ports.sandbox}`;
  // The university of the drill has another gate than the file's, with keys and without a box.
  const keys = await writeDemoKeys(join(folder, 'keys'), gates, { keepPins: false });
  await run(process.execPath, ['--no-warnings', setUp, '--host', `localhost:${https}`, '--folder', folder]);
  const env = fillIn(join(folder, '.env'), {
    ...demoPartnerSettings(sandbox, demoSecrets(), ports.mail),
    HTTP_PORT: String(http),
    STAFF_SECOND_FACTOR: 'optional',
  });

  await containers.composeUp(folder);
  const root = '/data/caddy/pki/authorities/local/root.crt';
  const authority = await until(() => containers.execIn('proxy', ['cat', root]), 'the authority of the proxy');
  setDefaultCACertificates([authority]);
  const postgres = await containers.addressOf('postgres', 'data');
  await fillOffice(`postgres://xiaomen_owner:${env.OWNER_PASSWORD}@${postgres}:5432/xiaomen`, keys);
  beside.push(startSandboxBeside(folder, env, { ports, authority }));
  // A process that begins anew has lost the way to its partners.
  const leadToPartners = async (name: ProcessName) => {
    if (!['door', 'gate'].includes(name)) await containers.execIn(name, relayInContainer(ports), ['--detach']);
  };
  const everyProcess = async () => {
    for (const name of processNames) {
      await leadToPartners(name);
      await untilReady(name);
    }
    await until(() => containers.isWell('proxy'), 'the proxy is well', 60);
  };
  await everyProcess();
  await until(() => containers.isWell('backup'), 'a backup was taken by its schedule', 240);

  const south = { url: '', deviceToken: keys.gates.south?.deviceToken ?? '', pin: '' };
  // A container that begins anew may have another address.
  const findGate = async () => {
    south.url = `http://${await containers.addressOf('gate', 'gates')}:8080`;
  };
  await findGate();

  return {
    folder,
    everythingBack: () => everyProcess().then(findGate),
    web: env.PUBLIC_URL ?? '',
    sandbox,
    gates: { south, east: { url: '', deviceToken: '', pin: '' } },
    proxy: { isWell: () => containers.isWell('proxy'), said: () => containers.saidBy('proxy') },
    end: containers.stop,
    async restart(name) {
      await containers.stop(name);
      await containers.start(name);
      await leadToPartners(name);
      await untilReady(name);
      await findGate();
    },
    assertReady: containers.assertWell,
    starts: async () => {
      const counts = processNames.map(async (name) => [name, await containers.restartsOf(name)]);
      return Object.fromEntries(await Promise.all(counts)) as Record<ProcessName, number>;
    },
    postgres: { stop: () => containers.stop('postgres'), start: () => containers.start('postgres') },
    engine: { stop: () => containers.stop('engine'), start: () => containers.start('engine') },
    said: () => wordsOf(processNames),
  };
}

const untilReady = (name: ProcessName) =>
  until(() => containers.assertWell(name).then(() => true), `${name} is ready`, 240);

async function wordsOf(names: readonly string[]): Promise<string> {
  const said = names.map(async (name) => `${name}:\n${(await containers.saidBy(name)).slice(-2_000)}`);
  return (await Promise.all(said)).join('\n\n');
}

/** Sets what a person would type. @returns everything that stands there */
function fillIn(path: string, typed: Record<string, string>): Record<string, string | undefined> {
  let text = readFileSync(path, 'utf8');
  for (const [name, value] of Object.entries(typed))
    text = text.replace(new RegExp(`^${name}=.*$`, 'm'), () => `${name}='${value}'`);
  writeFileSync(path, text, { mode: 0o600 });
  return parseEnv(text);
}
