import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import type { Visit } from './visit.ts';

/** Work beside the stages: closing the reservation does not cut it short, and the workflow ends after it. */
export function beside<T>(visit: Visit, work: () => Promise<T>): Promise<T> {
  return unfinished(visit, waitBeside(visit, work));
}

/** The same for what only waits: the next run may begin meanwhile, and waits anew. */
export function waitBeside<T>(visit: Visit, work: () => Promise<T>): Promise<T> {
  const done = CancellationScope.nonCancellable(work);
  visit.beside.push(done);
  return done;
}

/** No new run begins before this has settled. */
export function unfinished<T>(visit: Visit, work: Promise<T>): Promise<T> {
  const settle = () => {
    visit.underWay -= 1;
  };
  visit.underWay += 1;
  work.then(settle, settle);
  return work;
}

/** Also what handlers begin while the rest is being finished. */
export async function settleBeside(visit: Visit): Promise<void> {
  for (let settled = -1; settled < visit.beside.length; ) {
    settled = visit.beside.length;
    await Promise.all(visit.beside);
    await condition(allHandlersFinished);
  }
}
