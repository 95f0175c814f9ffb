import { setTimeout as wait } from 'node:timers/promises';
import { startBareWorkflow } from './bare-workflow/load.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { inLanes } from './lanes.ts';
import type { Product } from './product.ts';

/** So many whole reservations in a run, so many at once. */
const plan = { count: 120, lanes: 20 };
const rounds = 2;
/** After its start all visits of a run end in the same moment; by then all must have come through the gate. */
const visitSeconds = 90;

/**
 * Whole reservations a second – form, approval, message, pass at the gates, entry, end – beside the bare workflow on
 * the same server: in turns, as many and as many at once.
 */
export async function measureReservations(product: Product): Promise<Figure[]> {
  const bare = await startBareWorkflow(product.client, product.temporal.address, product.temporal.namespace);
  const journey = await createJourney(product);
  const rates: { ours: number; bare: number; coming: number; ending: number }[] = [];
  await bare.prove(await bare.once());
  for (let turn = 0; turn < rounds; turn += 1) {
    const ids: string[] = [];
    const theirs = await secondsOf(() => inLanes(plan, async () => void ids.push(await bare.once())));
    for (const id of ids) await bare.prove(id);
    const { coming, ending } = await runOurs(product, journey);
    rates.push({ bare: plan.count / theirs, ours: plan.count / (coming + ending), coming, ending });
  }
  journey.close();
  await bare.stop();
  const ours = mean(rates.map((rate) => rate.ours));
  const theirs = mean(rates.map((rate) => rate.bare));
  return [
    {
      name: 'reservation_ratio',
      value: round(ours / theirs),
      unit: '× bare workflow of 72 events',
      target: { atLeast: 0.5 },
      seen: {
        ours_per_s: round(ours),
        bare_per_s: round(theirs),
        coming_s: round(mean(rates.map((rate) => rate.coming))),
        ending_s: round(mean(rates.map((rate) => rate.ending))),
        at_once: plan.lanes,
        whole_reservations: plan.count * rounds,
      },
    },
  ];
}

/**
 * @returns the seconds spent on all of them: coming, from the first form until everybody has entered and everything
 * caused is done; and ending, from the windows' end until the last is closed. Waiting for the windows to end is nobody's
 * work.
 */
async function runOurs(
  { owner }: Product,
  journey: Awaited<ReturnType<typeof createJourney>>,
): Promise<{ coming: number; ending: number }> {
  const end = new Date(Date.now() + visitSeconds * 1000);
  const ids: string[] = [];
  const coming = await secondsOf(async () => {
    await inLanes(plan, async () => void ids.push(await journey.walk(end)));
    await rows('recorded as entered', () => owner('gate_event').whereIn('reservation_id', ids).pluck('id'));
    await rows('told', () =>
      owner('message').whereIn('reservation_id', ids).whereNot({ status: 'pending' }).pluck('id'),
    );
  });
  if (Date.now() > end.getTime())
    throw new Error(`${plan.count} visitors did not come through within ${visitSeconds} s`);
  await wait(end.getTime() - Date.now());
  const ending = await secondsOf(() =>
    rows('closed', () => owner('reservation').whereIn('id', ids).where({ outcome: 'completed' }).pluck('id')),
  );
  return { coming, ending };
}

async function rows(what: string, ask: () => Promise<unknown[]>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while ((await ask()).length < plan.count) {
    if (Date.now() > deadline) throw new Error(`After 60 s not all of ${plan.count} were ${what}`);
    await wait(100);
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
