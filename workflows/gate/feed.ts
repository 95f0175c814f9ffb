import { TimeoutType } from '@temporalio/common';
import { ActivityFailure, condition, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import { type GateActivities, gateTaskQueue } from '../messages/gate.ts';
import { acknowledge } from './acknowledge.ts';
import type { GateState } from './state.ts';

/** Asks the gate to apply its feed as far as it has grown; rows added meanwhile go into the next batch. */
export async function followFeed(state: GateState): Promise<void> {
  for (;;) {
    await condition(() => state.wanted > state.applied || state.renewing);
    if (state.renewing) return;
    const fault = await applyOnce(state);
    await acknowledge({ gate: state.start.gate, applied: state.applied, at: Date.now(), ...(fault && { fault }) });
    if (fault) await condition(() => state.renewing, state.start.retryAfter, { summary: 'the gate is asked again' });
  }
}

/** @returns a short code when the gate did not do it: it counts as degraded until it does. */
async function applyOnce(state: GateState): Promise<string | undefined> {
  const { gate, patience } = state.start;
  const position = state.wanted;
  const atGate = proxyActivities<GateActivities>({
    taskQueue: gateTaskQueue(gate),
    scheduleToStartTimeout: patience,
    startToCloseTimeout: '1 minute',
    retry: { maximumAttempts: 3 },
    summary: 'the gate applies its feed',
  });
  try {
    const { applied } = await atGate.applyThrough({ position });
    state.applied = Math.max(state.applied, applied);
    return state.applied < position ? 'behind' : undefined;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return isUnanswered(error) ? 'unanswered' : 'failed';
  }
}

const isUnanswered = ({ cause }: ActivityFailure): boolean =>
  cause instanceof TimeoutFailure && cause.timeoutType === TimeoutType.SCHEDULE_TO_START;
