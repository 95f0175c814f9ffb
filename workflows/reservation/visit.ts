import { CancellationScope } from '@temporalio/workflow';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { Answer, VisitorReady } from '../../domain/request.ts';
import { draftStages, type Outcome, type Stage } from '../../domain/reservation.ts';
import type { ReservationStart, Submit } from '../messages/reservation.ts';

/** Everything a reservation's workflow knows. Handlers change it at once, stages wait for the change. */
export interface Visit {
  readonly start: ReservationStart;
  /** Counts transitions; the projection's order. */
  seq: number;
  round: number;
  stage: Stage;
  outcome?: Outcome;
  /** When the stage ends by itself, epoch ms. */
  stageUntil?: number;

  ready?: VisitorReady;
  /** Submissions that wait for admission, in the order in which they came. */
  readonly submissions: Submit[];
  /** What admission answered, by request. */
  readonly answers: Map<string, Answer>;
  refusals: number;
  /** Compiled at admission; the snapshot for every round. */
  policy?: CompiledPolicy;
  tasks: ProjectedTask[];
  /** How often the visitor reminded the approver of this round. */
  nudges: number;

  /** Ordinals that were seen entering. */
  readonly entered: Set<number>;
  /** The window has ended; what is left is to learn who came. */
  over: boolean;
  /** Ids of facts from outside that were taken in: each counts once. */
  readonly handled: Set<string>;

  /** What was done and would have to be undone, oldest first. */
  readonly undo: (() => Promise<void>)[];
  /** What runs beside the stages and is finished before the workflow is. */
  readonly beside: Promise<void>[];
  /** Settles when every transition so far is in the rows. */
  projected: Promise<void>;
  /** The stages; left when the reservation is closed from outside them. */
  readonly stages: CancellationScope;
}

export function begin(start: ReservationStart): Visit {
  return {
    start,
    seq: 0,
    round: 0,
    stage: 'registration',
    submissions: [],
    answers: new Map(),
    refusals: 0,
    tasks: [],
    nudges: 0,
    entered: new Set(),
    over: false,
    handled: new Set(),
    undo: [],
    beside: [],
    projected: Promise.resolve(),
    stages: new CancellationScope(),
  };
}

export const isOpen = (visit: Visit): boolean => visit.stage !== 'closed';
export const isDraft = (visit: Visit): boolean => draftStages.some((stage) => stage === visit.stage);

/** The policy of an admitted submission: every stage after `details` has one. */
export function policyOf(visit: Visit): CompiledPolicy {
  if (!visit.policy) throw new Error(`No policy in stage ${visit.stage}`);
  return visit.policy;
}
