import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type System, startSystem } from '../testing/system.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';

/** Every process under load on connections that are kept alive, ended by SIGTERM as in a rolling restart. */
let system: System;
beforeAll(async () => {
  system = await startSystem({
    run: 'apart',
    start: ['sandbox', 'worker', 'web', 'door', 'gate-south'],
    logLevel: 'info',
  });
});
afterAll(() => system?.stop());

/** Asks on connections of its own, one request after the other, until the server says that it closes them. */
function load(urls: string[]): { asked(): number; ended: Promise<string[]> } {
  let asked = 0;
  const failures: string[] = [];
  const callers = urls.map(async (url) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let closing = false; !closing; ) {
      closing = await new Promise<boolean>((resolve) => {
        const failed = (error: NodeJS.ErrnoException) => {
          failures.push(`${url}: ${error.code}`);
          resolve(true);
        };
        asked += 1;
        get(url, { agent }, (answer) => {
          answer.on('error', failed).on('end', () => resolve(answer.headers.connection === 'close'));
          answer.resume();
        }).on('error', failed);
      });
    }
    agent.destroy();
  });
  return { asked: () => asked, ended: Promise.all(callers).then(() => failures) };
}

const times = (count: number, url: string) => Array.from({ length: count }, () => url);
const logOf = (name: string) => readFileSync(join(system.folder, 'logs', `${name}.log`), 'utf8');

test.each([
  ['web', () => [...times(20, `${system.web}/register`), ...times(2, `${system.ops.web}/readyz`)]],
  ['gate-south', () => [...times(10, `${system.gates.south.url}/`), ...times(2, `${system.ops.south}/readyz`)]],
  ['worker', () => times(4, `${system.ops.worker}/metrics`)],
] as const)('%s ends in order within 10 s, and answers every request that it took', async (name, urls) => {
  const { asked, ended } = load(urls());
  // What the worker is busy with.
  const visitor = await new VisitorBrowser(system).settle();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  if (name === 'worker') await visitor.post('/reservations', await visitor.visitForm()).expect(303);
  const before = asked();
  const began = performance.now();
  const code = await system.parts[name].stop();
  const took = Math.round(performance.now() - began);
  console.log(`${name}: ended ${took} ms after SIGTERM, ${before} requests before it, ${asked() - before} after`);
  expect(code).toBe(0);
  expect(took).toBeLessThan(10_000);
  expect(await ended).toEqual([]);
  expect(before).toBeGreaterThan(100);
  expect(logOf(name)).not.toMatch(/did not end in time|did not stop in order/);
  await system.parts[name].start();
});
