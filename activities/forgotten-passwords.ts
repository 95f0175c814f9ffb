import type { Log } from '../platform/log.ts';
import { type Rounds, startRounds } from '../platform/rounds.ts';
import { answerNextAsking } from '../store/staff/forgotten-password.ts';
import type { ActivityDeps } from './deps.ts';

/** Answers staff who have forgotten their password: their mail goes out with those of the other links. Any number of workers may do it. */
export function answerForgotten(
  { db, cipher }: Pick<ActivityDeps, 'db' | 'cipher'>,
  { demo, every = 1_000, log }: { demo: boolean; every?: number; log: Log },
): Rounds {
  const round = async (stopping: AbortSignal): Promise<void> => {
    while (!stopping.aborted && (await answerNextAsking(db, cipher, { demo })));
  };
  return startRounds({ every, round, failure: 'forgotten passwords are not answered', log });
}
