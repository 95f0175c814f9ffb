import type { Money } from '../../domain/fee.ts';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { Answer, VisitorReady } from '../../domain/request.ts';
import type { Stage, Undo } from '../../domain/reservation.ts';

/**
 * What a reservation's next run knows of those before it: an execution takes a bounded number of messages, a visit
 * does not. Ids, counts and instants only; instants are epoch milliseconds, UTC. What a later release adds is optional:
 * a run that began before the release carries nothing of it.
 */
export interface Carried {
  /** When the first run began. */
  startedAt: number;
  seq: number;
  round: number;
  stage: Stage;
  stageUntil?: number;
  /** When the wait for a submission ends. */
  draftUntil?: number;
  ready?: VisitorReady;
  refusals: number;
  policy?: CompiledPolicy;
  /** Whose tasks approved the standing visit, where it was narrowed since. */
  approvedAs?: string;
  /** Waits for its approval beside the standing policy. */
  change?: CompiledPolicy;
  tasks: ProjectedTask[];
  nudges: number;
  nudgedAt?: number;
  proposal?: { request: string; task: string };
  changes: number;
  /** What of its fee is paid; left out: nobody was asked to pay. */
  money?: Money;
  entered: number[];
  /** The newest entries, event and ordinal: each may still be annulled. */
  entries?: [string, number][];
  /** What gates saw last of each person: ordinal, whether going in, and when. */
  seen?: [ordinal: number, inside: boolean, at: number][];
  saidLeftAt?: number;
  undo: Undo[];
  /** The newest ids of facts from outside that were taken in. */
  handled: string[];
  /** The newest answers by request: the engine tells a repeated request only within a run. */
  answers: [string, Answer][];
}

/** After so many messages a run gives way to the next one, as soon as the visit is idle. */
export interface RenewAfter {
  updates: number;
  signals: number;
}

/** Far below what an execution takes: 2,000 Updates and 10,000 signals. */
export const usualRenewal: RenewAfter = { updates: 500, signals: 2_000 };
