import { setTimeout as wait } from 'node:timers/promises';
import { startChild } from './child.ts';
import { type Figure, round } from './figure.ts';
import { fillGate, recordReservations, turnstile } from './known-gate.ts';
import { type Answer, openLoop, percentile, type Shot, type Shots } from './open-loop.ts';
import type { Product } from './product.ts';

const known = 100_000;
const perSecond = 25;
const blockSize = 125;
/** The first warms up and is not counted. */
const blocks = 9;

/**
 * People come to a gate that knows 100,000 passes, each with a pass of their own that is scanned for the first time;
 * between any two of them somebody asks the bare pair, so that other work on this machine weighs on both. Engine,
 * database and `web` are up, and the gate tells them of every entry meanwhile.
 */
export async function measureGate(product: Product): Promise<Figure[]> {
  const reservations = (await fillGate(product, known)).slice(0, blocks * blockSize);
  await recordReservations(product, reservations);
  const scan = turnstile(product);
  const bare = await startChild<{ port: number }>('./bare-pair/server.ts');
  const [ours, theirs]: [Shots[], Shots[]] = [[], []];
  for (let block = 0; block < blocks; block += 1) {
    // Signed just before: a renewed pass is fresh for a minute.
    const shots = reservations.slice(block * blockSize, (block + 1) * blockSize).map(scan);
    const [first, second] = await inTurns(shots, `http://127.0.0.1:${bare.ready.port}/`);
    if (block === 0) continue;
    ours.push(first);
    theirs.push(second);
  }
  await bare.stop();
  return compare(
    ours.flatMap(({ taken }) => taken),
    theirs.flatMap(({ taken }) => taken),
    ours.reduce((sum, { failed }) => sum + failed, 0),
  );
}

const inTurns = (shots: Shot[], bareUrl: string): Promise<[Shots, Shots]> =>
  Promise.all([
    openLoop(shots, perSecond, opens),
    wait(500 / perSecond).then(() =>
      openLoop(
        shots.map((shot) => ({ ...shot, url: bareUrl })),
        perSecond,
      ),
    ),
  ]);

const opens = ({ status, body }: Answer): boolean => status === 200 && JSON.parse(body.toString('utf8')).open === true;

function compare(ours: number[], theirs: number[], refused: number): Figure[] {
  const at = (share: number, values: number[]) => round(percentile(values, share));
  const p99 = percentile(ours, 0.99);
  return [
    {
      name: 'gate_ratio',
      value: round(p99 / percentile(theirs, 0.99)),
      unit: '× bare pair, p99',
      target: { atMost: 3 },
      seen: {
        bare_p99_ms: at(0.99, theirs),
        bare_p50_ms: at(0.5, theirs),
        p50_ratio: round(at(0.5, ours) / at(0.5, theirs)),
      },
    },
    {
      name: 'gate_p99_ms',
      value: round(p99),
      unit: 'ms',
      seen: { p50_ms: at(0.5, ours), scans: ours.length, not_opened: refused, passes_known: known },
    },
  ];
}
