import { setTimeout as wait } from 'node:timers/promises';

export interface Rate {
  perSecond: number;
  finished: number;
  failed: number;
}

/**
 * A closed loop: `lanes` workers each repeat `once(lane)`. Counted are those that finish in the `seconds`
 * after a warm-up of `rampSeconds`; then no new one begins and those under way are finished, uncounted.
 */
export async function runLanes(
  plan: { lanes: number; rampSeconds: number; seconds: number },
  once: (lane: number) => Promise<void>,
): Promise<Rate & { faults: string[] }> {
  let finished = 0;
  let counting = false;
  let going = true;
  const faults: string[] = [];
  const lane = async (number: number) => {
    while (going) {
      try {
        await once(number);
        if (counting) finished += 1;
      } catch (error) {
        faults.push(error instanceof Error ? error.message : String(error));
        if (faults.length > 20) going = false;
      }
    }
  };
  const running = Promise.all(Array.from({ length: plan.lanes }, (_, number) => lane(number)));
  await wait(plan.rampSeconds * 1000);
  counting = true;
  const began = performance.now();
  await wait(plan.seconds * 1000);
  counting = false;
  const seconds = (performance.now() - began) / 1000;
  going = false;
  const counted = finished;
  await running;
  return { perSecond: counted / seconds, finished: counted, failed: faults.length, faults };
}
