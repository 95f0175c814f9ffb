import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import type { Money } from '../../domain/fee.ts';
import type { CompiledPolicy, ProjectedTask } from '../../domain/projection.ts';
import type { Answer, VisitorReady } from '../../domain/request.ts';
import { draftStages, type Outcome, passStages, type Stage, type Undo } from '../../domain/reservation.ts';
import type { Carried } from '../messages/carried.ts';
import type { ReservationStart, Told } from '../messages/reservation.ts';

/** Everything a reservation's workflow knows. Handlers change it at once, stages wait for the change. */
export interface Visit {
  readonly start: ReservationStart;
  /** When its first run began, epoch ms. */
  readonly startedAt: number;
  /** Counts transitions; the projection's order. */
  seq: number;
  round: number;
  stage: Stage;
  outcome?: Outcome;
  /** When the stage ends by itself, epoch ms. */
  stageUntil?: number;
  /** When the wait for a submission ends, epoch ms; undefined while none is waited for. */
  draftUntil?: number;

  ready?: VisitorReady;
  /** Submissions that wait for admission, in the order in which they came. */
  readonly submissions: Told<'submit'>[];
  /** What admission answered, by request. */
  readonly answers: Map<string, Answer>;
  refusals: number;
  /** Compiled at admission; the snapshot for every round, until a change takes its place. */
  policy?: CompiledPolicy;
  /** Whose tasks approved the standing visit: an earlier submission, where it was narrowed since. */
  approvedAs?: string;
  /** Every required signature so far, of every round. */
  tasks: ProjectedTask[];
  /** How often the visitor reminded the approver of this round, and when last. */
  nudges: number;
  nudgedAt?: number;
  /** The request by which staff ended the visit. */
  revocation?: string;
  /** Another time that the department proposed: the request that did, and the task it belongs to. */
  proposal?: { request: string; task: string };

  /** What admission is checking at this moment; one wish at a time. */
  underAdmission?: UnderAdmission;
  /** A change that waits for its approval beside the standing one. */
  change?: CompiledPolicy;
  /** Changes that were asked for, admitted or not. */
  changes: number;

  /** What of its fee is paid, as far as it was told. */
  money?: Money;

  /** Who was seen entering: ordinals by event. What was annulled is none. */
  readonly entries: Map<string, number>;
  /** What gates saw last of each person. */
  readonly seen: Map<number, { inside: boolean; at: number }>;
  /** The rung on which whoever was not seen leaving stands. */
  overstay?: number;
  /** When somebody said that everybody has left, epoch ms. */
  saidLeftAt?: number;
  /** The window has ended; what is left is to learn who came. */
  over: boolean;
  /** Ids of facts from outside that were taken in: each counts once. */
  readonly handled: Set<string>;

  /** What was done and would have to be undone, oldest first. */
  readonly undo: Undo[];
  /** What runs beside the stages and is finished before the workflow is. */
  readonly beside: Promise<unknown>[];
  /** How much of that, and how many transitions on their way to the rows, are not finished. */
  underWay: number;
  /** Settles when the passes say what every transition so far wanted of them. */
  passesMade: Promise<void>;
  /** Settles when every transition so far is in the rows. */
  projected: Promise<void>;
  /** The stages; left when the reservation is closed from outside them. */
  readonly stages: CancellationScope;

  /** Messages that this run has taken in. */
  readonly heard: { updates: number; signals: number };
  /** Answers of earlier runs by request, and those of this one. */
  readonly earlier: ReadonlyMap<string, Answer>;
  readonly given: Map<string, Answer>;
  /** This run is over, the visit is not: the next run goes on with this. */
  continuing?: Carried;
}

/** A submission under admission, and what happens to it meanwhile. */
export interface UnderAdmission {
  submission: string;
  /** Awaited people who became ready before admission had answered. */
  readonly readied: Set<number>;
  /** Ordinals that were taken out meanwhile; what is submitted later may name them anew. */
  readonly removed: Set<number>;
  /** Places are to be given back as soon as it has answered. */
  placesToTrim: boolean;
}

/** A visit as it begins, or as the run before left it. */
export function begin(start: ReservationStart): Visit {
  const { entered, entries, seen = [], handled, answers, undo, ...known } = start.carried ?? unknown();
  return {
    ...known,
    start,
    submissions: [],
    answers: new Map(),
    undo: [...undo],
    entries: entriesOf(entered, entries),
    seen: new Map(seen.map(([ordinal, inside, at]) => [ordinal, { inside, at }])),
    over: false,
    handled: new Set(handled),
    beside: [],
    underWay: 0,
    passesMade: Promise.resolve(),
    projected: Promise.resolve(),
    stages: new CancellationScope(),
    heard: { updates: 0, signals: 0 },
    earlier: new Map(answers),
    given: new Map(),
  };
}

/** Entries that an earlier run no longer names, or never did, stay: by their person. */
function entriesOf(entered: number[], entries: [string, number][] = []): Visit['entries'] {
  const named = new Set(entries.map(([, ordinal]) => ordinal));
  const unnamed = entered.filter((ordinal) => !named.has(ordinal));
  return new Map([...unnamed.map((ordinal): [string, number] => [`person ${ordinal}`, ordinal]), ...entries]);
}

const unknown = (): Carried => ({
  startedAt: workflowInfo().startTime.getTime(),
  seq: 0,
  round: 0,
  stage: 'registration',
  refusals: 0,
  tasks: [],
  nudges: 0,
  changes: 0,
  entered: [],
  undo: [],
  handled: [],
  answers: [],
});

export const isOpen = (visit: Visit): boolean => visit.stage !== 'closed';
/** Its details are to be filled in: the first time, or again after they were returned. */
export const awaitsDetails = (visit: Visit): boolean => draftStages.includes(visit.stage);
/** Nothing was ever submitted and admitted. */
export const isDraft = (visit: Visit): boolean => awaitsDetails(visit) && !visit.policy;
/** Passes are out, or about to be. */
export const passesAreOut = (visit: Visit): boolean => !visit.over && passStages.includes(visit.stage);

/** Ordinals that were seen entering, each once, from the lowest. */
export const enteredOf = ({ entries }: Visit): number[] => [...new Set(entries.values())].toSorted((a, b) => a - b);
export const hasEntered = ({ entries }: Visit): boolean => entries.size > 0;

/** Approved: passes are out, or wait for the fee. */
export const isApproved = (visit: Visit): boolean => visit.stage === 'payment' || passesAreOut(visit);

/** Ordinals that were seen last going in, and nobody said since that they have left. */
export const insideOf = ({ seen, saidLeftAt }: Visit): number[] =>
  [...seen].flatMap(([ordinal, { inside, at }]) => (inside && at > (saidLeftAt ?? 0) ? [ordinal] : []));

/** Ordinals that no gate saw leaving, where gates see that. */
export const exitUnseen = ({ seen, policy }: Visit): number[] =>
  [...seen]
    .flatMap(([ordinal, { inside }]) => (inside && policy?.exitsRecorded ? [ordinal] : []))
    .toSorted((a, b) => a - b);

/** Somebody is still there after the end, where gates say who leaves. */
export const isOverstayed = (visit: Visit): boolean =>
  visit.over &&
  visit.stage === 'visit' &&
  visit.start.durations.overstay !== undefined &&
  visit.policy?.exitsRecorded === true &&
  insideOf(visit).length > 0;

/** The people who get a pass now: the party without those who are still awaited. */
export const readyOf = ({ ordinals, awaited }: CompiledPolicy): number[] =>
  ordinals.filter((ordinal) => !awaited.includes(ordinal));

/** The policy of an admitted submission: every stage after `details` has one. */
export function policyOf(visit: Visit): CompiledPolicy {
  if (!visit.policy) throw new Error(`No policy in stage ${visit.stage}`);
  return visit.policy;
}
