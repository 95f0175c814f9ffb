import { condition } from '@temporalio/workflow';
import { recordStrayEvent } from './acknowledge.ts';
import type { GateState } from './state.ts';

/** Events that belong to no open visit. They wait for no feed: a gate may be slow to apply and quick to tell. */
export async function recordStrays(state: GateState): Promise<void> {
  while (!state.renewing) {
    await condition(() => state.strays.length > 0 || state.renewing);
    await recordAtHand(state);
  }
}

/** Returns with none left, in the same moment. */
export async function recordAtHand({ strays }: GateState): Promise<void> {
  for (let event = strays.shift(); event; event = strays.shift()) await recordStrayEvent(event);
}
