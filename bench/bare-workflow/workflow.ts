import { defineSearchAttributeKey } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { decided, happened, submitted } from './messages.ts';
import type { BareActivities } from './worker.ts';

const { act } = proxyActivities<BareActivities>({ startToCloseTimeout: '10 s' });
const { tell } = proxyLocalActivities<BareActivities>({ startToCloseTimeout: '5 s' });
const stage = defineSearchAttributeKey('VisitStage', 'KEYWORD');
const enter = (name: string) => upsertSearchAttributes([{ key: stage, value: name }]);

/**
 * One reservation without any work of an application: what the engine alone costs. 72 events: every
 * message and every activity answer comes in a workflow task of its own, 12 in all. `tell` says that a
 * task has begun, so that the next message never joins it.
 */
export async function bareReservation(): Promise<void> {
  const id = workflowInfo().workflowId;
  let begun = false;
  let approved = false;
  let seen = 0;

  setHandler(submitted, async (request) => {
    enter('details');
    await act(request);
    begun = true;
    return 1;
  });
  setHandler(decided, async (request) => {
    enter('approval');
    await act(request);
    approved = true;
    return 2;
  });
  setHandler(happened, () => {
    seen += 1;
  });

  await condition(() => begun);
  const deadline = new CancellationScope();
  const lapse = deadline
    .run(() => sleep('1 hour'))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  await condition(() => approved);
  for (const name of ['pass', 'visit']) {
    const before = seen;
    await condition(() => seen > before);
    enter(name);
    await act({ id });
    await tell({ id, seen });
  }
  for (const count of [3, 4]) {
    await condition(() => seen >= count);
    await tell({ id, seen });
  }
  await condition(() => seen >= 5);
  deadline.cancel();
  await lapse;
  await act({ id });
}
