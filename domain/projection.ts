import type { Channel, Direction, EntryMethod, Outcome, Stage } from './reservation.ts';

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
  persons: number;
  /** Required signatures in order; a step's ordinals sign in parallel. */
  signatures: { step: number; ordinal: number; department: string }[];
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
}

/** One required signature. */
export interface ProjectedTask {
  task: string;
  round: number;
  step: number;
  ordinal: number;
  department: string;
  status: 'open' | 'approved' | 'rejected' | 'withdrawn';
  /** The request (= decision row) that decided it. */
  decision?: string;
  openedAt: number;
  decideBy: number;
  closedAt?: number;
}

export const timelineKinds = [
  'registered',
  'ready',
  'submitted',
  'not_admitted',
  'approved',
  'rejected',
  'pass_issued',
  'code_resent',
  'message_failed',
  'entered',
  'left',
  'window_ended',
  'completed',
  'no_show',
  'cancelled',
  'expired',
  'abandoned',
  'revoked',
] as const;
export type TimelineKind = (typeof timelineKinds)[number];

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
  /** When the current stage ends by itself, epoch ms. */
  stageUntil?: number;
  /** All tasks of the reservation so far. */
  tasks: ProjectedTask[];
  /** Only this transition's entries; the projection replaces timeline entries from `seq` on. */
  timeline: TimelineEntry[];
  /** Gate events recorded by this transition. */
  events: GateEvent[];
  at: number;
}
