import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from './log.ts';

/**
 * Ends parts of a process beside each other. One that takes longer than `patience`, in ms, is named in the log and left:
 * the process ends all the same, and loses no more than by a kill, which it survives.
 * @throws the first error of a part, after all had their time
 */
export async function endTogether(
  parts: Record<string, () => Promise<unknown>>,
  { patience, log }: { patience: number; log: Log },
): Promise<void> {
  const late = wait(patience, 'late' as const, { ref: false });
  const ended = await Promise.allSettled(
    Object.entries(parts).map(async ([part, end]) => {
      if ((await Promise.race([end(), late])) === 'late') log.warn({ part }, 'a part did not end in time');
    }),
  );
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
