import { setTimeout as wait } from 'node:timers/promises';
import { startBareWorkflow } from './bare-workflow/load.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { runLanes } from './lanes.ts';
import type { Product } from './product.ts';

const lanes = 20;
const seconds = 10;
const rounds = 2;
/** How long after its submission a visit's window ends: well above what the way to the gate takes under load. */
const windowSeconds = 14;

/**
 * Whole reservations a second – submitted, approved, told, passed on to the gates, entered, ended – beside the bare
 * workflow on the same server: in turns, as many at once.
 */
export async function measureReservations(product: Product): Promise<Figure[]> {
  const bare = await startBareWorkflow(product.client, product.temporal.address, product.temporal.namespace);
  await bare.prove(await bare.once());
  const rates = { ours: [] as number[], bare: [] as number[] };
  const faults: string[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    const ids: string[] = [];
    const one = await runLanes({ lanes, rampSeconds: 2, seconds }, async () => {
      ids.push(await bare.once());
    });
    rates.bare.push(one.perSecond);
    for (const id of ids.slice(-5)) await bare.prove(id);
    rates.ours.push(await runOurs(product, faults));
  }
  await bare.stop();
  const [ours, theirs] = [mean(rates.ours), mean(rates.bare)];
  return [
    {
      name: 'reservation_ratio',
      value: round(ours / theirs),
      unit: '× bare workflow of 72 events',
      target: { atLeast: 0.5 },
      seen: { ours_per_s: round(ours), bare_per_s: round(theirs), at_once: lanes, ...faultsSeen(faults) },
    },
  ];
}

/**
 * A lane sends its next visitor once the gate has opened; visits end behind it by their own windows. When the first
 * have ended the flow is even, and what counts is how many end, `completed`, in the seconds that follow.
 */
async function runOurs(product: Product, faults: string[]): Promise<number> {
  const visit = await createJourney(product, windowSeconds);
  const ramp = windowSeconds + 4;
  const began = Date.now() + ramp * 1000;
  const result = await runLanes({ lanes, rampSeconds: ramp, seconds }, visit);
  faults.push(...result.faults);
  await wait((windowSeconds + 2) * 1000);
  const { count } = await product
    .owner('reservation')
    .where({ outcome: 'completed' })
    .whereBetween('closed_at', [new Date(began), new Date(began + seconds * 1000)])
    .count<{ count: number }>('* as count')
    .first();
  return Number(count) / seconds;
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const faultsSeen = (faults: string[]) => ({ failed: faults.length, ...(faults[0] ? { first_fault: faults[0] } : {}) });
