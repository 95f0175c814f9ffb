import { asyncLocalStorage } from '@temporalio/activity';

const every = 3_000;

/**
 * Lets the engine see that the worker lives while a partner is slow: a dead one is replaced within seconds.
 * Outside an activity it just does the work.
 */
export async function whileBeating<T>(work: () => Promise<T>): Promise<T> {
  const activity = asyncLocalStorage.getStore();
  const beat = setInterval(() => activity?.heartbeat(), every);
  try {
    return await work();
  } finally {
    clearInterval(beat);
  }
}
