import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocket, type Server as SocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { engineAtHand } from './engine.ts';
import { getEngine } from './get-engine.ts';

let folder: string;
const servers: (Server | SocketServer)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'xiaomen-engine-'));
});
afterEach(() => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A machine with an empty cache, no engine and no Go. */
const bare = (more: NodeJS.ProcessEnv = {}) => ({ PATH: '', GOROOT_BIN: '', HOME: folder, ...more });

async function listening(server: Server | SocketServer): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/engine`;
}

it('gives up on a host that hangs and names every way in one sentence', async () => {
  const url = await listening(createSocket(() => {}));
  const failure = await getEngine(bare({ TEMPORAL_DOWNLOAD_URL: url }), 200).catch((error: Error) => error.message);
  expect(failure).toMatch(/cannot be had\. Tried: .*no answer for 0\.2 s.*"go" is not on PATH/);
  for (const way of ['TEMPORAL_ADDRESS', 'TEMPORAL_CLI', 'on PATH', 'the cache', 'install Go'])
    expect(failure).toContain(way);
});

it('gives up on a host that hangs in the middle', async () => {
  const url = await listening(createServer((_, response) => void response.write('half')));
  await expect(getEngine(bare({ TEMPORAL_DOWNLOAD_URL: url }), 200)).rejects.toThrow('no answer for 0.2 s');
});

it('never runs what is not the official archive, and leaves nothing of it', async () => {
  const url = await listening(createServer((_, response) => response.end('something else')));
  await expect(getEngine(bare({ TEMPORAL_DOWNLOAD_URL: url }), 5_000)).rejects.toThrow('SHA-256 is wrong');
  expect(readdirSync(join(folder, '.cache', 'xiaomen'))).toEqual([]);
});

it('never builds what is not the published source', async () => {
  const asked = join(folder, 'asked');
  const answer = JSON.stringify({ Dir: folder, Sum: 'h1:0000000000000000000000000000000000000000000=' });
  writeFileSync(join(folder, 'go'), `#!/bin/sh\necho "$1" >> '${asked}'\n[ "$1" = mod ] && echo '${answer}'\nexit 0\n`);
  chmodSync(join(folder, 'go'), 0o755);
  const url = await listening(createServer((_, response) => response.writeHead(404).end()));
  const env = bare({ PATH: folder, TEMPORAL_DOWNLOAD_URL: url });
  await expect(getEngine(env, 5_000)).rejects.toThrow('not the published source (its sum is wrong)');
  expect(readFileSync(asked, 'utf8')).toBe('list\nmod\n');
});

it('says so when TEMPORAL_CLI names nothing that runs', () => {
  expect(() => engineAtHand(bare({ TEMPORAL_CLI: join(folder, 'nothing') }))).toThrow(/TEMPORAL_CLI names .*nothing/);
});

it('takes the one on PATH', () => {
  const binary = join(folder, 'temporal');
  writeFileSync(binary, '#!/bin/sh\n');
  chmodSync(binary, 0o755);
  expect(engineAtHand(bare({ PATH: `/no/such:${folder}` }))).toBe(binary);
});
