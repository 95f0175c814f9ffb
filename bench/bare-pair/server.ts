import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The least a durable, signed decision can cost: read a small JSON body, check two Ed25519 signatures,
 * one `synchronous=FULL` insert into a WAL file (as the gate's own store), answer. No look-up, no login.
 */
const folder = mkdtempSync(join(tmpdir(), 'bare-pair-'));
const store = new DatabaseSync(join(folder, 'store.sqlite'));
store.exec('pragma journal_mode = wal; pragma synchronous = full; create table event (id text primary key, body text)');
const insert = store.prepare('insert into event (id, body) values (?, ?)');
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const payload = Buffer.alloc(48, 1);
const signature = sign(null, payload, privateKey);

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) body += chunk;
  JSON.parse(body);
  const ok = verify(null, payload, publicKey, signature) && verify(null, payload, publicKey, signature);
  insert.run(randomUUID(), body);
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ ok, reason: 'ok' }));
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

function end() {
  store.close();
  rmSync(folder, { recursive: true, force: true });
  process.exit();
}
process.once('disconnect', end);
process.once('SIGTERM', end);
