import { defineSignal } from '@temporalio/workflow';
import type { GateEvent } from './reservation.ts';

/** What may be said to a gate's workflow, and what a gate does when asked. */

export const gateWorkflowType = 'gate';
export const gateWorkflowId = (gate: string): string => `gate/${gate}`;
/** The queue on which one gate answers. */
export const gateTaskQueue = (gate: string): string => `gate-${gate}`;

export interface GateStart {
  gate: string;
  /** Carried across continue-as-new. */
  applied?: number;
  wanted?: number;
  handled?: string[];
  /** How long a batch may wait for the gate to pick it up before the gate counts as degraded, in ms. */
  patience: number;
  /** How long to wait before a degraded gate is asked again, in ms. */
  retryAfter: number;
  /** A new run begins after so many events of history; the engine's own suggestion counts too. */
  renewAfter: number;
}

/** What a gate's workflow starts with. The announcer or the gate itself starts it, whichever comes first. */
export const gateStart = (gate: string): GateStart => ({
  gate,
  patience: 30_000,
  retryAfter: 60_000,
  renewAfter: 4_000,
});

/** The feed has grown to this position. Sent in batches by the announcer, signal-with-start. */
export const feedGrew = defineSignal<[{ position: number }]>('feedGrew');
/** An event that belongs to no open visit: late, or its reservation is closed. Signal-with-start. */
export const strayEvent = defineSignal<[GateEvent]>('strayEvent');

/** The one activity a gate answers on its queue: pull and apply its feed through a position. */
export interface GateActivities {
  applyThrough(request: { position: number }): Promise<{ applied: number }>;
}
