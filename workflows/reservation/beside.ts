import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { Visit } from './visit.ts';

/** Work beside the stages: closing the reservation does not cut it short, and the workflow ends after it. */
export function beside<T>(visit: Visit, work: () => Promise<T>): Promise<T> {
  const done = CancellationScope.nonCancellable(work);
  visit.beside.push(done);
  return done;
}

/** Also what handlers begin while the rest is being finished. */
export async function settleBeside(visit: Visit): Promise<void> {
  for (let settled = -1; settled < visit.beside.length; ) {
    settled = visit.beside.length;
    await Promise.all(visit.beside);
    await condition(allHandlersFinished);
  }
}
