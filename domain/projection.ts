import type { AddedTo } from './added-signer.ts';
import type { EntryMethod } from './credentials.ts';
import type { HandReason } from './hand-entry.ts';
import { rungEvents } from './ladder.ts';
import { overstayEvents } from './overstay.ts';
import { type RequestTimeline, requestKinds, requests, type TaskStatus } from './request.ts';
import type { Channel, Direction, Outcome, Stage } from './reservation.ts';
import type { Seat } from './staff-role.ts';

/**
 * What a reservation's workflow writes down of itself after every transition. Ids, counts and instants
 * only; instants are epoch milliseconds, UTC.
 */

/** The policy that admission compiled for a submission: the snapshot for every round, at most 8 kB. */
export interface CompiledPolicy {
  submission: string;
  channel: Channel;
  campus: string;
  department: string;
  exitsRecorded: boolean;
  from: number;
  until: number;
  /** Undecided by then, the request is refused (fail closed). */
  decideBy: number;
  /** When the first rung of the ladder is due for the tasks that open at once; policies of earlier releases have none. */
  remindAt?: number;
  /** Everybody of the party, ready or not. */
  persons: number;
  /** Ordinals of the party in order; those still missing something are in `awaited` too. */
  ordinals: number[];
  awaited: number[];
  /** How often and how soon after another the approver may be reminded; milliseconds. */
  nudges: { most: number; every: number };
  /** What its vehicle costs, in fen, and how long after the approval that may be paid, in ms; left out: nothing. */
  fee?: { amount: number; within: number };
  /** The version of the policy that it was compiled from; those of earlier releases have none. */
  version?: string;
  /** Steps in order; left out: every signature of a step is needed, and it has all the time. */
  steps?: {
    step: number;
    /** How many of its signatures are enough. */
    need: number;
    /** Milliseconds from its opening, and what happens at their end: it ends undecided, or deputy and head may sign as well. */
    within?: number;
    late?: 'lapse' | 'climb';
  }[];
  /** Required signatures in order; a step's ordinals sign in parallel, and the next step opens after it. */
  signatures: {
    step: number;
    ordinal: number;
    department: string;
    /** Whose it is; left out: an approver's. */
    role?: Seat;
    /** Named people, ids of staff, instead of everybody of the role. */
    people?: string[];
    /** The decision by which its seat has signed before its task opens: a proposal of another time, or what stays after a move. */
    signed?: string;
    /** Its task's id, from a source that nobody can compute; policies of earlier releases have none. */
    task?: string;
    /** Somebody added it to a task since. */
    added?: AddedTo;
  }[];
}

/** A gate saw somebody pass. */
export interface GateEvent {
  /** uuid made by the gate; the same event may arrive more than once. */
  event: string;
  reservation: string;
  ordinal: number;
  gate: string;
  direction: Direction;
  method: EntryMethod;
  /** The gate's own clock, epoch milliseconds. */
  at: number;
  /** The version of the pass that opened; gates of earlier releases do not say it. */
  version?: number;
  /** The time step that opened; left out where a document was shown, or nothing of the kind. */
  step?: number;
  /** The arm did not turn: what was said to have happened did not. When the device said so, by the gate's clock. */
  annulled?: number;
  /** The guard at the console, a member of staff by id. */
  guard?: string;
  /** Why a guard let them in by hand. */
  byHand?: HandReason;
}

/** One required signature. */
export interface ProjectedTask {
  task: string;
  round: number;
  step: number;
  ordinal: number;
  department: string;
  role?: Seat;
  people?: string[];
  /** How far up the ladder it is; left out: 0. At 3 deputy and head may act as well, at 4 the security desk. */
  rung?: number;
  /** When its next rung is due; null: there is none. Left out: the policy says it, or it has to be asked. */
  rungAt?: number | null;
  status: TaskStatus;
  /** What it decides about: the round's submission, or that of a change beside the standing approval. */
  submission: string;
  nudges?: number;
  nudgedAt?: number;
  /** The request (= decision row) that decided it. */
  decision?: string;
  /** Somebody added its signer to another task. */
  added?: AddedTo;
  /** Tasks of later steps that its signature counts for as well. */
  also?: string[];
  openedAt: number;
  decideBy: number;
  closedAt?: number;
}

/** What happens of itself; the rest is said by people (domain/request.ts). */
const facts = [
  'payment_asked',
  'paid',
  'payment_lapsed',
  'pass_issued',
  'message_failed',
  'entered',
  'left',
  'annulled',
  'window_ended',
  'completed',
  'no_show',
  'cancelled',
  'expired',
  'abandoned',
  'revoked',
  'change_lapsed',
  'step_climbed',
  ...rungEvents,
  ...overstayEvents,
  'exit_not_seen',
] as const;
export type TimelineKind = (typeof facts)[number] | RequestTimeline;
export const timelineKinds: TimelineKind[] = [
  ...new Set([...requestKinds.flatMap((kind): readonly TimelineKind[] => requests[kind].timeline), ...facts]),
];

/** `kind` is a catalogue key under `timeline.<kind>`. */
export interface TimelineEntry {
  n: number;
  kind: TimelineKind;
  actor: { kind: 'visitor' | 'staff' | 'system' | 'gate'; id: string };
  /** A row the entry speaks of: decision, gate event. */
  reference?: string;
  at: number;
}

/** The whole state of a reservation after one transition. Written with `seq <= excluded.seq`. */
export interface Projection {
  reservation: string;
  seq: number;
  round: number;
  stage: Stage;
  outcome?: Outcome;
  policy?: CompiledPolicy;
  /** The submission on whose approval the standing one rests, where it only narrows what was approved. */
  approvedAs?: string;
  /** When the current stage ends by itself, epoch ms. */
  stageUntil?: number;
  /**
   * A change that waits for its approval beside the standing one, and who would come; undecided by then, the standing
   * one stays. The people of the standing visit are in the policy.
   */
  change?: { submission: string; decideBy: number; ordinals: number[] };
  /** Another time that the department proposed and the visitor has not answered: the request that did. */
  proposal?: string;
  nudges: number;
  nudgedAt?: number;
  /** The rung on which whoever was not seen leaving stands; left out: nobody was asked since the visit's end last moved. */
  overstay?: number;
  /** When somebody said last that everybody has left, epoch ms. */
  saidLeftAt?: number;
  /** Once it is closed after its window, ordinals: who came in, and whose exit no gate saw. */
  attendance?: { came: number[]; exitUnseen: number[] };
  /** All tasks of the reservation so far. */
  tasks: ProjectedTask[];
  /** Only this transition's entries; the projection replaces timeline entries from `seq` on. */
  timeline: TimelineEntry[];
  /** Gate events recorded by this transition. */
  events: GateEvent[];
  at: number;
}
