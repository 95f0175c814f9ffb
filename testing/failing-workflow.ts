import { ApplicationFailure, condition, setHandler } from '@temporalio/workflow';
import { updates } from '../workflows/messages/reservation.ts';

/** A workflow that takes one request and fails it, and knows no other. */
export async function failing(): Promise<void> {
  setHandler(updates.cancel, () => {
    throw ApplicationFailure.nonRetryable('It cannot be done');
  });
  await condition(() => false);
}
