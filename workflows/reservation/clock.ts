import { patched } from '@temporalio/workflow';

/**
 * Whether a wait of so long is over, epoch ms. A timer may fire a hair before its time, so that the clock is asked when it
 * has. What ended too soon in an earlier release is replayed as it was.
 */
export const isTime = (at: number): boolean => Date.now() >= at || !patched('no lapse before its time');
