import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../bin/embedded/ports.ts';
import { goBinary } from '../e2e/production/go-binaries.ts';
import { startProxy } from '../e2e/production/proxy.ts';
import { wayThroughDoor } from '../gate-worker/way-through-door.ts';
import { createGateCodec } from '../platform/codec.ts';
import { createLog } from '../platform/log.ts';
import { createSigner } from '../platform/signing.ts';
import { connectClientBy, connectWorkerBy, installRuntime } from '../platform/temporal.ts';
import { aCampus } from '../testing/campus.ts';
import { aDoor } from '../testing/door.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { testKeys } from '../testing/keys.ts';
import { freshDatabase, type TestDatabase } from '../testing/postgres.ts';
import { testTemporal } from '../testing/temporal.ts';

/** The line between a gate and the door: by TLS of the door's own, and by the proxy of the compose file with its own settings. */

const certificate = (name: string) => fileURLToPath(new URL(`../testing/certificates/${name}`, import.meta.url));
const caddy = await goBinary('caddy');

let database: TestDatabase;
let keys: Awaited<ReturnType<typeof testKeys>>;
let engine: { address: string; namespace: string };
const log = createLog('test', 'silent');
beforeAll(async () => {
  [database, keys, engine] = await Promise.all([freshDatabase(), testKeys(['south']), testTemporal()]);
  await aCampus(database.owner, keys.folders.gates);
  installRuntime(log);
});
afterAll(() => database?.drop());

async function door(more: Record<string, string> = {}) {
  const opened = await aDoor({ database, keys, engine, more });
  onTestFinished(() => opened.stop());
  return opened;
}

/** What a gate does at its start, by both of its connections. @throws Error where one is not let in, or does not believe the other end */
async function reaches(settings: { DOOR_URL: string; DOOR_CA?: string }): Promise<void> {
  const own = { signers: () => [createSigner(keys.gate('south').identity.private)] };
  const way = wayThroughDoor('south', settings, own);
  const temporal = connectClientBy(way, createGateCodec(keys.gate('south').codec));
  const { client } = temporal;
  try {
    await client.withDeadline(Date.now() + 10_000, () => client.connection.workflowService.getSystemInfo({}));
    const connection = await connectWorkerBy(way, { log, signal: AbortSignal.timeout(20_000) });
    await connection.close();
  } finally {
    await temporal.close();
  }
}

test('a door that speaks TLS itself is believed under its authority alone', async () => {
  const { address } = await door({ DOOR_TLS_CERT: certificate('engine.pem'), DOOR_TLS_KEY: certificate('engine.key') });
  await reaches({ DOOR_URL: `https://${address}`, DOOR_CA: certificate('ca.pem') });
  await expect(reaches({ DOOR_URL: `https://${address}` })).rejects.toThrow();
  await expect(reaches({ DOOR_URL: `http://${address}` })).rejects.toThrow();
});

test.skipIf(!caddy)('a gate outside comes to the door by the proxy, at the public address', async () => {
  const { address } = await door();
  const folder = temporaryFolder('xiaomen-door-');
  const [https = 0, http = 0, gates = 0] = await Promise.all([freePort(), freePort(), freePort()]);
  const proxy = await startProxy({ folder, ports: { https, http, gates }, upstreams: [1], door: address });
  onTestFinished(() => proxy.stop());
  const authority = join(folder, 'authority.pem');
  writeFileSync(authority, proxy.authority);
  await reaches({ DOOR_URL: proxy.url, DOOR_CA: authority });
});
