import { openReads, type Reads } from '../platform/reads.ts';
import { inboxCounts, inboxLines } from '../store/approval/inbox.ts';
import { startChild } from './child.ts';
import { type Figure, round } from './figure.ts';
import { openLoop, percentile, type Shot } from './open-loop.ts';
import type { Product } from './product.ts';
import { fillWithTasks, plan } from './tasks.ts';

const perSecond = 20;
const seconds = 15;
const tries = 4;
const firstPage = { limit: 51 };

/**
 * The inbox of a university: 200 approvers look at their lists in turn. The page comes at constant arrival, beside a bare page
 * of the same weight at the same arrival; its statements are timed one at a time where they are asked, the way there and back included.
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

/**
 * Each approver's list and counts, prepared as in `web`, beside a statement that only comes and goes: of several tries the
 * quickest, which is what the statement costs and not what else the machine had to do.
 */
async function timeStatements({ db, cipher, databaseUrl }: Product, approvers: string[]) {
  const reads = openReads({ DATABASE_URL: databaseUrl });
  const looking = { db, cipher, reads };
  const usual = { sort: 'due' } as const;
  const taken = { list: [] as number[], counts: [] as number[], done: [] as number[], bare: [] as number[], lines: 0 };
  // Planned for anybody, as after some requests in `web`.
  for (const approver of approvers.slice(0, 20)) {
    await inboxLines(looking, approver, { tab: 'waiting', ...usual }, firstPage);
    await inboxLines(looking, approver, { tab: 'done', ...usual }, firstPage);
    await inboxCounts(looking, approver);
  }
  for (const approver of approvers) {
    const shown = await inboxLines(looking, approver, { tab: 'waiting', ...usual }, firstPage);
    taken.lines += shown.length;
    taken.list.push(
      await quickest(
        timed(reads, (own) =>
          inboxLines({ ...looking, reads: own }, approver, { tab: 'waiting', ...usual }, firstPage),
        ),
      ),
    );
    taken.done.push(
      await quickest(
        timed(reads, (own) => inboxLines({ ...looking, reads: own }, approver, { tab: 'done', ...usual }, firstPage)),
      ),
    );
    taken.counts.push(await quickest(timed(reads, (own) => inboxCounts({ reads: own }, approver))));
    taken.bare.push(await quickest(timed(reads, (own) => own.rows('select $1::uuid', [approver]))));
  }
  await reads.end();
  return taken;
}

/** Milliseconds of the one statement that `ask` asks, without what is done with its rows. */
const timed = (reads: Reads, ask: (own: Reads) => Promise<unknown>) => async () => {
  let milliseconds = 0;
  await ask({
    ...reads,
    async rows<Row>(text: string, values: unknown[]) {
      const began = performance.now();
      const rows = await reads.rows<Row>(text, values);
      milliseconds += performance.now() - began;
      return rows;
    },
  });
  return milliseconds;
};

async function quickest(time: () => Promise<number>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < tries; n += 1) best = Math.min(best, await time());
  return best;
}
