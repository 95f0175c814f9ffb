import { ApplicationFailure } from '@temporalio/activity';

/** Asks the engine to try again: two seconds, doubling, unless a time is given (ms). */
export const tryLater = (fault: string, earlier: number, delay = 2_000 * 2 ** earlier): ApplicationFailure =>
  ApplicationFailure.create({ type: 'try_later', message: fault, nextRetryDelay: delay });
