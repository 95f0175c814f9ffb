import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postJson } from './outgoing-post.ts';

let heard = 0;
const server = createServer((_req, res) => {
  heard += 1;
  res.writeHead(200);
  // An answer without an end.
  res.write('{');
});
let port: number;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const send = (address: string, networks: string[] = []) =>
  postJson(address, { body: '{}', headers: {} }, { networks, limit: 3_000 });
const here = (host: string, scheme = 'https') => `${scheme}://${host}:${port}/`;

test.each(['localhost', '127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1', '0.0.0.0'])(
  'nothing is sent to %s, which leads inside',
  async (host) => {
    for (const scheme of ['https', 'http']) {
      expect(await send(here(host, scheme))).toEqual({ fault: 'not_allowed' });
    }
    expect(heard).toBe(0);
  },
);

test('a public address is spoken to by TLS alone', async () => {
  expect(await send('http://8.8.8.8/')).toEqual({ fault: 'not_allowed' });
});

test('a name that nobody knows is said to be one', async () => {
  expect(await send('https://nowhere.invalid/')).toEqual({ fault: 'unknown_host' });
});

/** A name of a server that answers anew each time. */
function named(...answers: string[][]) {
  let asked = 0;
  const resolve = async () => {
    const now = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    return now.map((address) => ({ address, family: 4 }));
  };
  const post = (networks: string[]) =>
    postJson(here('hooks.example', 'http'), { body: '{}', headers: {} }, { networks, limit: 3_000, resolve });
  return { post, asked: () => asked };
}

test('a name is resolved once, and what it says afterwards leads nowhere', async () => {
  const before = heard;
  const first = named(['127.0.0.1'], ['127.0.0.2']);
  expect(await first.post(['127.0.0.1'])).toEqual({ status: 200 });
  expect([first.asked(), heard - before]).toEqual([1, 1]);
  // Public for whoever looks, inside for whoever connects; or both at once.
  for (const name of [named(['127.0.0.2'], ['127.0.0.1']), named(['127.0.0.1', '10.0.0.1']), named([])])
    expect(await name.post(['127.0.0.1'])).toEqual({ fault: 'not_allowed' });
  expect(heard - before).toBe(1);
});

test('where operators allow it, the status counts and the body is not waited for', async () => {
  expect(await send(here('127.0.0.1', 'http'), ['127.0.0.0/8'])).toEqual({ status: 200 });
  expect(await send('http://127.0.0.1:9/', ['127.0.0.1'])).toEqual({ fault: 'unreachable' });
});

test('a receiver that speaks no TLS is told from one that is away', async () => {
  expect(await send(here('127.0.0.1'), ['127.0.0.1'])).toEqual({ fault: 'tls' });
});
