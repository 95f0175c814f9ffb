import type { Outcome, Stage } from '../../domain/reservation.ts';
import type { CompiledPolicy, GateEvent } from './reservation.ts';

/** The shapes in which workflows ask the core activities; ids, counts and instants only. */

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

/** `kind` is a catalogue key under `timeline.<kind>`. */
export interface TimelineEntry {
  n: number;
  kind: TimelineKind;
  actor: { kind: 'visitor' | 'staff' | 'system' | 'gate'; id: string };
  /** A row the entry speaks of: decision, gate event. */
  reference?: string;
  at: number;
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

export type Admission = { ok: true; policy: CompiledPolicy } | { ok: false; fields: Record<string, string> };

export type MessageKind = 'approved' | 'code' | 'rejected' | 'cancelled' | 'expired';

/** What the core worker offers to workflows. Implemented by `createActivities(deps)`. */
export interface CoreActivities {
  /** Local activity. Idempotent: whole state, newest seq wins; a closed state always wins. */
  project(projection: Projection): Promise<void>;
  /** Checks what needs data (window, quota, places still open) and takes the quota hold. */
  admit(request: { reservation: string; submission: string; seq: number }): Promise<Admission>;
  releaseQuota(request: { reservation: string; seq: number }): Promise<void>;
  /** Signs a pass a person, writes feed rows for every gate of the campus, in one transaction. */
  issuePasses(request: { reservation: string; submission: string; version: number }): Promise<{ passes: number }>;
  /** Revokes every pass of the reservation, at the gates too. */
  revokePasses(request: { reservation: string }): Promise<void>;
  /** Hands a message over: WeChat, else SMS, else the page. Never throws for a partner's refusal. */
  notify(request: {
    reservation: string;
    kind: MessageKind;
    /** Once a key: `<reservation>/<kind>/<seq or request id>`. */
    key: string;
    pass?: string;
    decision?: string;
    /** Set after a failed receipt: which channel to skip. */
    after?: 'wechat';
  }): Promise<{ channel: 'wechat' | 'sms' | 'page' }>;
  /** Replaces a pass's 访客验证码; idempotent by request. */
  replaceVisitCode(request: { reservation: string; pass: string; request: string }): Promise<void>;
  /** Returns when every gate of the campus has forwarded past `moment`; fails retryably until then. */
  gatesForwarded(request: { campus: string; moment: number }): Promise<void>;
  /** A lapsed draft: its visitor's phone is deleted when no agreement was ever given. */
  forgetDraft(request: { reservation: string }): Promise<void>;
  /** Gate workflow: what the gate acknowledged, or why it did not. */
  acknowledge(request: { gate: string; applied: number; fault?: string; at: number }): Promise<void>;
  /** Gate workflow: an event that belongs to no open visit; corrects a wrong `no_show`. */
  recordStrayEvent(event: GateEvent): Promise<void>;
}
