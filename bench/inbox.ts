import { openReads, type Reads } from '../platform/reads.ts';
import { inboxCounts, inboxLines } from '../store/approval/inbox.ts';
import { startChild } from './child.ts';
import { type Figure, round } from './figure.ts';
import { openLoop, percentile, type Shot } from './open-loop.ts';
import type { Product } from './product.ts';
import { fillWithTasks, plan } from './tasks.ts';

const perSecond = 40;
const seconds = 10;
const firstPage = { limit: 51 };

/**
 * The inbox of a university: 200 approvers look at their lists in turn. The page comes at constant arrival, beside a bare page
 * of the same weight at the same arrival; its statements are timed one at a time where they are asked, the way there included.
 */
export async function measureInbox(product: Product): Promise<Figure[]> {
  const approvers = await fillWithTasks(product);
  const people = await product.people.signIn(approvers);
  const shots = people.map(({ headers }): Shot => ({ url: `${product.web}/inbox`, headers }));
  const turns = Array.from({ length: perSecond * seconds }, (_, n) => shots[n % shots.length] as Shot);
  await openLoop(turns.slice(0, 100), perSecond);
  const pages = await openLoop(turns, perSecond);
  const bytes = (await (await fetch(shots[0]?.url ?? '', { headers: shots[0]?.headers ?? {} })).arrayBuffer())
    .byteLength;
  const bare = await startChild<{ port: number; bytes: number }>('./bare-pages/server.ts', [String(bytes)]);
  const bareUrl = `http://127.0.0.1:${bare.ready.port}/`;
  await openLoop(
    turns.slice(0, 100).map((shot) => ({ ...shot, url: bareUrl })),
    perSecond,
  );
  const theirs = await openLoop(
    turns.map((shot) => ({ ...shot, url: bareUrl })),
    perSecond,
  );
  await bare.stop();
  const sql = await timeStatements(product, approvers);
  const at = (share: number, values: number[]) => round(percentile(values, share));
  return [
    {
      name: 'inbox_p95_ms',
      value: at(0.95, pages.taken),
      unit: 'ms',
      target: { atMost: 150 },
      seen: {
        p50: at(0.5, pages.taken),
        p99: at(0.99, pages.taken),
        bare_p95: at(0.95, theirs.taken),
        requests: pages.taken.length,
        failed: pages.failed,
        bytes,
        ...plan,
      },
    },
    {
      name: 'inbox_sql_ms',
      value: at(0.95, [...sql.list, ...sql.counts]),
      unit: 'ms, p95',
      target: { atMost: 10 },
      seen: {
        list_p50: at(0.5, sql.list),
        list_p95: at(0.95, sql.list),
        list_slowest: round(Math.max(...sql.list)),
        counts_p50: at(0.5, sql.counts),
        counts_p95: at(0.95, sql.counts),
        counts_slowest: round(Math.max(...sql.counts)),
        done_p95: at(0.95, sql.done),
        done_slowest: round(Math.max(...sql.done)),
        bare_p95: at(0.95, sql.bare),
        mean_lines: round(sql.lines / approvers.length),
      },
    },
  ];
}

/** Each approver's list and counts, prepared as in `web`, beside a statement that only comes and goes. */
async function timeStatements({ db, cipher, databaseUrl }: Product, approvers: string[]) {
  const own = openReads({ DATABASE_URL: databaseUrl });
  const taken = { list: [] as number[], counts: [] as number[], done: [] as number[], bare: [] as number[], lines: 0 };
  const timing = (into: number[]): Reads => ({
    ...own,
    async rows<Row>(text: string, values: unknown[]) {
      const began = performance.now();
      const rows = await own.rows<Row>(text, values);
      into.push(performance.now() - began);
      return rows;
    },
  });
  for (const round of ['warming', 'counted']) {
    if (round === 'counted') for (const list of [taken.list, taken.counts, taken.done, taken.bare]) list.length = 0;
    taken.lines = 0;
    for (const approver of approvers) {
      const lines = await inboxLines(
        { db, cipher, reads: timing(taken.list) },
        approver,
        { tab: 'waiting', sort: 'due' },
        firstPage,
      );
      taken.lines += lines.length;
      await inboxCounts({ reads: timing(taken.counts) }, approver);
      await inboxLines({ db, cipher, reads: timing(taken.done) }, approver, { tab: 'done', sort: 'due' }, firstPage);
      await timing(taken.bare).rows('select $1::uuid', [approver]);
    }
  }
  await own.end();
  return taken;
}
