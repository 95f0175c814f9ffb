import type { GateEvent } from '../../domain/projection.ts';
import type { GateStart } from '../messages/gate.ts';

/** What a gate's workflow knows. */
export interface GateState {
  readonly start: GateStart;
  /** The feed's position the gate should have applied. */
  wanted: number;
  /** The position it said it has applied. */
  applied: number;
  readonly strays: GateEvent[];
  /** The newest ids of events that were taken in. */
  readonly handled: Set<string>;
  /** Set when the history is long enough: what is at hand is finished, then a new run begins. */
  renewing: boolean;
}
