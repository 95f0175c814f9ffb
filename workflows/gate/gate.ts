import { condition, continueAsNew, patched, setHandler, workflowInfo } from '@temporalio/workflow';
import { factOf, isGateEvent } from '../../domain/gate-event.ts';
import { feedGrew, type GateStart, strayEvent } from '../messages/gate.ts';
import { followFeed } from './feed.ts';
import type { GateState } from './state.ts';
import { recordAtHand, recordStrays } from './strays.ts';

const remembered = 1_000;

/** One gate, for as long as it stands: its feed is applied and acknowledged, its late events are recorded. */
export async function gate(start: GateStart): Promise<void> {
  const state: GateState = {
    start,
    wanted: start.wanted ?? 0,
    applied: start.applied ?? 0,
    strays: [],
    handled: new Set(start.handled),
    renewing: false,
  };
  setHandler(feedGrew, (told: unknown) => {
    const position = positionOf(told);
    if (position !== undefined) state.wanted = Math.max(state.wanted, position);
  });
  setHandler(strayEvent, (event: unknown) => {
    // What cannot be an event of this gate holds up none that is.
    if (!isGateEvent(event) || state.handled.has(factOf(event))) return;
    if (event.gate !== start.gate && patched('of its own gate')) return;
    state.handled.add(factOf(event));
    state.strays.push(event);
  });

  const followers = Promise.all([followFeed(state), recordStrays(state)]);
  await Promise.race([followers, condition(() => isLong(start))]);
  state.renewing = true;
  await followers;
  await recordAtHand(state);
  await continueAsNew<typeof gate>({
    ...start,
    wanted: state.wanted,
    applied: state.applied,
    handled: [...state.handled].slice(-remembered),
  });
}

function isLong({ renewAfter }: GateStart): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  return continueAsNewSuggested || historyLength > renewAfter;
}

function positionOf(told: unknown): number | undefined {
  const position = typeof told === 'object' && told !== null && 'position' in told ? told.position : undefined;
  return Number.isSafeInteger(position) ? Number(position) : undefined;
}
