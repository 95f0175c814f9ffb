import { Agent, createServer, get, type RequestListener, type Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../testing/until.ts';
import { drain, listen } from './listening.ts';

const at = { host: '127.0.0.1', port: 0 };

async function serve(answer: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer);
  return { server, url: `http://127.0.0.1:${await listen(server, at)}/` };
}

interface Answered {
  status: number;
  bytes: number;
  connection: string | undefined;
}
const ask = (url: string, agent: Agent): Promise<Answered> =>
  new Promise((resolve, reject) => {
    get(url, { agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, bytes, connection: answer.headers.connection }));
      answer.on('error', reject);
    }).on('error', reject);
  });

test('a server whose connections are kept alive and busy ends at once, and every request that it took is answered', async () => {
  let taken = 0;
  const { server, url } = await serve(async (_, response) => {
    taken += 1;
    await wait(5);
    response.end('answered');
  });
  const agents = Array.from({ length: 8 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  let answered = 0;
  const failures: string[] = [];
  const visitors = agents.map(async (agent) => {
    for (;;) {
      try {
        const answer = await ask(url, agent);
        answered += 1;
        if (answer.connection === 'close') return;
      } catch (error) {
        return failures.push(String((error as NodeJS.ErrnoException).code));
      }
    }
  });
  await until(() => answered > 2 * agents.length, 'every connection is kept alive and busy');
  const began = Date.now();
  await drain(server, 30_000);
  expect(Date.now() - began).toBeLessThan(9_000);
  await Promise.all(visitors);
  expect(failures).toEqual([]);
  expect(answered).toBe(taken);
  for (const agent of agents) agent.destroy();
});

test('an answer under way is sent to its end', async () => {
  const size = 30_000_000;
  const { server, url } = await serve((_, response) => void response.end(Buffer.alloc(size)));
  const begun = Promise.withResolvers<void>();
  // Read slowly: the answer is in the server's hands for longer than its last call.
  const long = new Promise<number>((resolve, reject) => {
    get(url, (answer) => {
      let bytes = 0;
      begun.resolve();
      answer
        .pause()
        .on('error', reject)
        .on('end', () => resolve(bytes));
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.pause();
      setTimeout(() => answer.resume(), 600);
    }).on('error', reject);
  });
  await begun.promise;
  await drain(server, 30_000);
  expect(await long).toBe(size);
});

test('who says nothing is let go, and an answer that never comes is cut off after the patience', async () => {
  const taken = Promise.withResolvers<void>();
  const { server, url } = await serve((request, response) => {
    if (request.url === '/short') response.end();
    else taken.resolve();
  });
  const agent = new Agent({ keepAlive: true });
  await ask(`${url}short`, agent);
  const began = Date.now();
  await Promise.all([ask(`${url}short`, agent), ask(`${url}short`, agent)]);
  const never = ask(`${url}never`, agent).then(
    () => 'answered',
    () => 'cut off',
  );
  await taken.promise;
  await drain(server, 1_000);
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
  expect(await never).toBe('cut off');
  agent.destroy();
});

test('where nobody asks it does not wait out its patience', async () => {
  const { server, url } = await serve((_, response) => void response.end());
  const agent = new Agent({ keepAlive: true });
  await Promise.all([ask(url, agent), ask(url, agent)]);
  const began = Date.now();
  await drain(server, 30_000);
  expect(Date.now() - began).toBeLessThan(10_000);
  agent.destroy();
});
