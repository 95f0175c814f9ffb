import autocannon from 'autocannon';
import { startChild } from './child.ts';
import { companionsEach } from './crowd.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { openLoop, percentile, type Shot } from './open-loop.ts';
import type { Product } from './product.ts';

const perSecond = 100;
const openSeconds = 10;
const blocks = 3;
const blockSeconds = 3;
const openTasks = 12;
const day = 24 * 3600_000;

/** Pages in turn, each as somebody signed in, who has visits, companions or tasks to look at. */
export async function measurePages(product: Product): Promise<Figure[]> {
  const journey = await createJourney(product);
  for (let task = 0; task < openTasks; task += 1) await journey.ask(new Date(Date.now() + day));
  journey.close();
  const { visitors, approver } = product.people;
  const shotsOf = (paths: string[]) =>
    visitors.flatMap(({ headers }): Shot[] => [
      ...paths.map((path) => ({ url: product.web + path, headers })),
      { url: `${product.web}/inbox`, headers: approver.headers },
    ]);
  const shots = shotsOf(['/', '/reservations/new?channel=personal']);
  const kinds = 3;
  const every = shotsOf(['/', '/reservations', '/companions', '/reservations/new?channel=personal']);
  const turns = (count: number) => Array.from({ length: count }, (_, n) => every[n % every.length] as Shot);
  await openLoop(turns(150), 50);
  const open = await openLoop(turns(perSecond * openSeconds), perSecond);

  const weight = await weigh(shots.slice(0, kinds));
  const bare = await startChild<{ port: number; bytes: number }>('./bare-pages/server.ts', [String(weight)]);
  const bareShots = [{ url: `http://127.0.0.1:${bare.ready.port}/` }];
  const rates: { ours: number; bare: number }[] = [];
  // The first block warms both up and is not counted.
  for (let block = 0; block <= blocks; block += 1) {
    rates.push({
      ours: await throughput(shots.slice(0, 60), blockSeconds),
      bare: await throughput(bareShots, blockSeconds),
    });
  }
  await bare.stop();
  const ours = mean(rates.slice(1).map((rate) => rate.ours));
  const theirs = mean(rates.slice(1).map((rate) => rate.bare));

  return [
    {
      name: 'page_p95_ms',
      value: round(percentile(open.taken, 0.95)),
      unit: 'ms',
      target: { atMost: 150 },
      seen: {
        p50: round(percentile(open.taken, 0.5)),
        p99: round(percentile(open.taken, 0.99)),
        requests: open.taken.length,
        failed: open.failed,
        visitors: visitors.length,
        companions: visitors.length * companionsEach,
      },
    },
    {
      name: 'page_ratio',
      value: round(ours / theirs),
      unit: '× bare Express + EJS',
      target: { atLeast: 0.25 },
      seen: {
        ours_per_s: Math.round(ours),
        bare_per_s: Math.round(theirs),

        ours_bytes: weight,
        bare_bytes: bare.ready.bytes,
      },
    },
  ];
}

/** Mean bytes of a page, uncompressed. */
async function weigh(shots: Shot[]): Promise<number> {
  const pages = shots.map(async ({ url, headers }) => (await fetch(url, { headers: headers ?? {} })).arrayBuffer());
  return Math.round(mean((await Promise.all(pages)).map(({ byteLength }) => byteLength)));
}

/** Answers a second from 10 connections that never pause. @throws when any answer is not a 2xx. */
async function throughput(shots: Shot[], seconds: number): Promise<number> {
  const { origin } = new URL(shots[0]?.url ?? '');
  const requests = shots.map(({ url, headers }) => ({ path: url.slice(origin.length), headers: headers ?? {} }));
  const result = await autocannon({ url: origin, connections: 10, duration: seconds, requests });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${origin}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  return result['2xx'] / result.duration;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
