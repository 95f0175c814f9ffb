import { startBareWorkflow } from './bare-workflow/load.ts';
import { type Figure, round } from './figure.ts';
import { createJourney } from './journey.ts';
import { percentile } from './open-loop.ts';
import type { Product } from './product.ts';

const decisions = 60;
/** At the beginning, not counted. */
const warming = 10;
const day = 24 * 3600_000;

/**
 * A decision as the approver feels it: from pressing the button until the page that follows has come, beside an Update of
 * the bare workflow on the same server, one after the other in turns.
 */
export async function measureDecision(product: Product): Promise<Figure[]> {
  const bare = await startBareWorkflow(product.client, product.temporal.address, product.temporal.namespace);
  const journey = await createJourney(product);
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let n = 0; n < decisions + warming; n += 1) {
    const decide = await journey.openTask(await journey.ask(new Date(Date.now() + day)));
    const update = await bare.waiting();
    const [taken, bareTaken] = [await millisecondsOf(decide), await millisecondsOf(update)];
    if (n < warming) continue;
    ours.push(taken);
    theirs.push(bareTaken);
  }
  journey.close();
  await bare.stop();
  const at = (share: number, values: number[]) => round(percentile(values, share));
  return [
    {
      name: 'decision_ratio',
      value: round(percentile(ours, 0.95) / percentile(theirs, 0.95)),
      unit: '× bare Update, p95',
      target: { atMost: 3 },
      seen: {
        p95_ms: at(0.95, ours),
        bare_p95_ms: at(0.95, theirs),
        p50_ms: at(0.5, ours),
        bare_p50_ms: at(0.5, theirs),
        decisions,
      },
    },
  ];
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
