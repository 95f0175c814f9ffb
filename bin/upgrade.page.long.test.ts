import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { load } from 'cheerio';
import supertest from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aPassFor, aWaitingVisit, forgetTries } from '../testing/bad-input/ground.ts';
import { anEarlierRelease } from '../testing/earlier-release.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { type Front, startFront } from '../testing/front.ts';
import { type Part, partApart, untilReady } from '../testing/system/parts.ts';
import { type System, startSystem } from '../testing/system.ts';
import { until } from '../testing/until.ts';
import { VisitorBrowser } from '../testing/visitor-browser.ts';
import { freePort } from './embedded/ports.ts';

/** From one release to the next as docs/upgrading.md has it, with visits in flight and people on every page. */
let system: System;
let front: Front;
let earlier: string;
const parts: Part[] = [];

beforeAll(async () => {
  earlier = anEarlierRelease(temporaryFolder('xiaomen-earlier-'));
  // The gates ask at the front's address, as visitors do.
  system = await startSystem({ run: 'apart', start: ['sandbox'], logLevel: 'info' });
});
afterAll(async () => {
  await front?.stop();
  await Promise.all(parts.map((part) => part.stop()));
  await system?.stop();
});

/** Another process of a part, on ports of its own, from the sources of a release. */
async function start(name: 'web' | 'worker', sources?: string) {
  const [port, ops] = [await freePort(), await freePort()];
  const env = { ...system.env[name], OPS_PORT: String(ops), ...(name === 'web' && { WEB_PORT: String(port) }) };
  const logFile = join(system.folder, 'logs', `${name}-${port}.log`);
  const plan = { name, env, logFile, readyUrl: `http://127.0.0.1:${ops}/readyz`, ...(sources && { sources }) };
  const part = partApart(plan);
  await part.start();
  parts.push(part);
  await untilReady(plan);
  return { port, stop: part.stop };
}

const assetsOf = (html: string): string[] => {
  const $ = load(html);
  const paths = [
    ...$('link[rel=stylesheet]')
      .get()
      .map((one) => $(one).attr('href')),
    ...$('script')
      .get()
      .map((one) => $(one).attr('src')),
  ];
  return paths.filter((path) => path !== undefined);
};

/** @returns what is wrong with an asset: nothing, as long as it is what its address says */
async function wrongWith(path: string): Promise<string[]> {
  const answer = await fetch(system.web + path);
  const hash = createHash('sha256')
    .update(Buffer.from(await answer.arrayBuffer()))
    .digest('hex')
    .slice(0, 12);
  return answer.status === 200 && path.includes(hash) ? [] : [`${path}: ${answer.status}`];
}

/** People who open pages with all that belongs to them, and others who register and ask to visit, one after the other. */
function crowd() {
  let going = true;
  const wrong: string[] = [];
  const done = { pages: 0, visits: 0 };
  const seen = new Set<string>();
  async function reader(): Promise<void> {
    while (going) {
      const answer = await fetch(`${system.web}/register`);
      const html = await answer.text();
      if (answer.status !== 200) wrong.push(`/register: ${answer.status}`);
      for (const path of assetsOf(html)) seen.add(path);
      // Also those of every page that was open before.
      for (const path of seen) wrong.push(...(await wrongWith(path)));
      done.pages += 1;
    }
  }
  async function visitor(): Promise<void> {
    while (going) {
      try {
        await forgetTries(system);
        const browser = await new VisitorBrowser(system).settle();
        await aWaitingVisit(system, browser);
        done.visits += 1;
      } catch (error) {
        wrong.push(String(error));
      }
    }
  }
  const all = Promise.all([reader(), reader(), visitor(), visitor()]);
  return {
    done,
    wrong,
    seen,
    async end() {
      going = false;
      await all;
    },
  };
}

test('old and new web and workers beside each other lose no request, and a page of before stays whole', async () => {
  const [oldWorker, oldWeb] = await Promise.all([start('worker', earlier), start('web', earlier)]);
  front = await startFront(Number(new URL(system.web).port), [oldWeb.port]);
  const visitor = await new VisitorBrowser(system).settle();
  const begun = [];
  for (let n = 0; n < 4; n += 1) begun.push(await aWaitingVisit(system, await new VisitorBrowser(system).settle()));
  const passed = await aPassFor(system, begun[0] as { reservation: string; task: string });
  const openForm = { ...(await visitor.visitForm()), note: '带三箱样品' };
  const old = assetsOf((await supertest(system.web).get('/register')).text);

  const people = crowd();
  await until(() => people.done.pages > 5 && people.done.visits > 0, 'people are on their way', 60);
  await start('worker');
  await aPassFor(system, begun[1] as { reservation: string; task: string });
  expect(await oldWorker.stop()).toBe(0);
  const newWeb = await start('web');
  front.upstreams = [oldWeb.port, newWeb.port];
  await until(() => people.seen.size > old.length, 'pages of both releases are asked for', 60);
  const fresh = [...people.seen].filter((path) => !old.includes(path));
  const [at, beside] = [people.done.pages, people.done.visits];
  await until(() => people.done.pages > at + 10 && people.done.visits > beside, 'both releases serve', 60);
  front.upstreams = [newWeb.port];
  expect(await oldWeb.stop()).toBe(0);
  const after = people.done.pages;
  await until(() => people.done.pages > after + 5, 'the new release serves alone', 60);
  await people.end();
  console.log(`${people.done.pages} pages and ${people.done.visits} visits while the release changed`);
  expect([...front.failures, ...people.wrong]).toEqual([]);

  // A page that was opened before.
  expect(fresh.length).toBeGreaterThan(1);
  for (const path of [...old, ...fresh]) expect(await wrongWith(path)).toEqual([]);
  const sent = await visitor.post('/reservations', openForm).expect(303);
  expect(sent.headers.location).toMatch(/^\/reservations\/[0-9a-f]/);
  // Visits that the old worker began.
  expect(passed).toBeDefined();
  for (const visit of begun.slice(2)) expect(await aPassFor(system, visit)).toBeDefined();
  await until(async () => (await system.db('request').where({ status: 'pending' })).length === 0, 'every answer', 60);
  expect(await system.db('request').where({ status: 'refused' })).toEqual([]);
});
