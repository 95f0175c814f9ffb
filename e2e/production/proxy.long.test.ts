import { createServer } from 'node:http';
import { setDefaultCACertificates } from 'node:tls';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../bin/embedded/ports.ts';
import { listen } from '../../platform/listening.ts';
import { temporaryFolder } from '../../testing/folder.ts';
import { until } from '../../testing/until.ts';
import { startProxy } from './proxy.ts';

/** What the proxy writes where a `web` fails it – nothing of who asked, and no path that is a credential – and whether it is well. */
const marked = 'marked'.repeat(8);
const unwanted = new RegExp(`${marked}|remote_ip|client_ip`);

async function proxyBefore(upstreams: number[]) {
  const [https = 0, http = 0, gates = 0] = await Promise.all([freePort(), freePort(), freePort()]);
  const proxy = await startProxy({
    folder: temporaryFolder('xiaomen-proxy-'),
    ports: { https, http, gates },
    upstreams,
  });
  onTestFinished(() => proxy.stop());
  setDefaultCACertificates([proxy.authority]);
  return proxy;
}

it('says nothing of a request that no web took, and is well all the same', async () => {
  const proxy = await proxyBefore([1, 2]);
  const answer = await fetch(`${proxy.url}/t/${marked}`);
  expect(answer.status).toBe(502);
  expect(await proxy.isWell()).toBe(true);
  expect(proxy.said()).toContain('serving initial configuration');
  expect(proxy.said()).not.toMatch(unwanted);
});

it('is not well where it does not answer', async () => {
  const proxy = await proxyBefore([1]);
  await until(() => proxy.isWell(), 'the proxy is well');
  await proxy.stop();
  expect(await proxy.isWell()).toBe(false);
});

it('says nothing of a request whose answer broke off', async () => {
  const web = createServer((_request, response) => {
    response.writeHead(200, { 'Content-Length': 1_000 });
    response.write('half', () => response.destroy());
  });
  const port = await listen(web, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => void web.close());
  const proxy = await proxyBefore([port]);
  await expect(fetch(`${proxy.url}/t/${marked}`).then((answer) => answer.text())).rejects.toThrow();
  expect(proxy.said()).not.toMatch(unwanted);
});
