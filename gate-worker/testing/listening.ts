import { condition, defineQuery, proxyActivities, setHandler } from '@temporalio/workflow';
import {
  feedGrew,
  type GateActivities,
  type GateStart,
  gateTaskQueue,
  strayEvent,
} from '../../workflows/messages/gate.ts';
import { annulled, entered, type GateEvent, left } from '../../workflows/messages/reservation.ts';

/** Workflows for the tests of a gate, under the names of the real ones: they keep what they hear. */

export const heardOf = defineQuery<GateEvent[]>('heard');

export async function reservation(): Promise<void> {
  const heard: GateEvent[] = [];
  setHandler(heardOf, () => heard);
  setHandler(entered, (event) => void heard.push(event));
  setHandler(left, (event) => void heard.push(event));
  setHandler(annulled, (event) => void heard.push(event));
  await condition(() => false);
}

export async function gate(start: GateStart): Promise<void> {
  const heard: GateEvent[] = [];
  let wanted = 0;
  let applied = 0;
  setHandler(heardOf, () => heard);
  setHandler(defineQuery<number>('applied'), () => applied);
  setHandler(strayEvent, (event) => void heard.push(event));
  setHandler(feedGrew, ({ position }) => {
    wanted = position;
  });
  const { applyThrough } = proxyActivities<GateActivities>({
    taskQueue: gateTaskQueue(start.gate),
    startToCloseTimeout: '20 seconds',
  });
  for (;;) {
    await condition(() => wanted > applied);
    ({ applied } = await applyThrough({ position: wanted }));
  }
}
