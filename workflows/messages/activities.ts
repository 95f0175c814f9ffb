import type { Money, RefundReason } from '../../domain/fee.ts';
import type { WorkflowMessageKind } from '../../domain/message-kinds.ts';
import type { CompiledPolicy, GateEvent, Projection } from '../../domain/projection.ts';
import type { RetentionClass } from '../../domain/retention.ts';
import type { RetentionResult } from './retention.ts';

export {
  type ProjectedTask,
  type Projection,
  type TimelineEntry,
  type TimelineKind,
  timelineKinds,
} from '../../domain/projection.ts';

/** The shapes in which workflows ask the core activities; ids, counts and instants only. */

export type Admission =
  | {
      ok: true;
      policy: CompiledPolicy;
      /** Nothing in it goes beyond what it replaces: nobody need approve it once more. */
      narrowing?: boolean;
    }
  | { ok: false; fields: Record<string, string> };

/** A message to the lead, or a kept one: for the first time, or after a receipt said that WeChat failed. */
export type Notice =
  | {
      reservation: string;
      kind: WorkflowMessageKind;
      /** Once a key: `<reservation>/<kind>/<seq or request id>`. */
      key: string;
      pass?: string;
      decision?: string;
    }
  | { reservation: string; message: string; after?: 'wechat' };

/** What a visit that waits needs by another version of its policy, and which signatures stay. */
export type Moved =
  | { ok: true; policy: Pick<CompiledPolicy, 'version' | 'steps' | 'signatures' | 'remindAt'> }
  | { ok: false; code: 'not_its_policy' | 'signers_added' | 'answer_under_way' | 'malformed' };

/** What was told of a reservation and cannot be. */
export type PutAside = 'gate_event' | 'message' | 'payment';

/** Where a task stands after it was asked; `next`: when its next rung is due, where there is one. */
export interface Climbed {
  task: string;
  rung: number;
  next?: number;
}

/** What the core worker offers to workflows. Implemented by `createActivities(deps)`. */
export interface CoreActivities {
  /** Local activity. Idempotent: whole state, newest seq wins; a closed state always wins. */
  project(projection: Projection): Promise<void>;
  /**
   * Checks what needs data (window, quota, places still open) and takes the places. `replaces`: it is to stand in place
   * of that submission and of those people; then its places are taken beside those that are held already, and what is
   * not admitted leaves them as they are.
   */
  admit(request: {
    reservation: string;
    submission: string;
    seq: number;
    replaces?: { submission: string; ordinals: number[] };
  }): Promise<Admission>;
  /**
   * The rung of each task: the next one that has somebody, where it is due; else the one on which it stands. It writes
   * nothing: the projection does, with the messages that follow.
   */
  climb(request: {
    reservation: string;
    tasks: {
      task: string;
      rung: number;
      due: boolean;
      /** No rung above it: its policy has a time of its own for what follows. */
      upTo: number;
      decideBy: number;
    }[];
  }): Promise<Climbed[]>;
  /**
   * Compiles a submission once more, by another version of its policy, and keeps that as rows; idempotent by request. Its
   * signatures name the decision by which they are given already.
   */
  movePolicy(asked: {
    request: string;
    reservation: string;
    submission: string;
    version: string;
    ordinals: number[];
    decideBy: number;
    tasks: { task: string; step: number; ordinal: number; status: 'open' | 'approved'; decision?: string }[];
  }): Promise<Moved>;
  /** Gives back what was held up to `seq` beyond these; takes nothing. */
  keepPlaces(request: {
    reservation: string;
    seq: number;
    holds: { campus: string; from: number; until: number; persons: number }[];
  }): Promise<void>;
  releaseQuota(request: { reservation: string; seq: number }): Promise<void>;
  /**
   * Gives back what was paid beyond `owed`, fen; idempotent. `ends`: the reservation is over, and what is paid from now on goes
   * back whole.
   */
  settlePayment(request: { reservation: string; owed: number; because: RefundReason; ends?: true }): Promise<Money>;
  /** Closes what is open at the provider, and takes in what was paid; fails retryably while the provider does not say. */
  closeOrders(request: { reservation: string }): Promise<Money>;
  /**
   * The next version of a signed pass for each of these people, with feed rows for every gate of the campus, in one
   * transaction; once a transition (`seq`) and person. Companions with an account of their own are told.
   */
  issuePasses(request: {
    reservation: string;
    submission: string;
    seq: number;
    ordinals: number[];
    /** The submission whose passes are valid now: a person who is not among these people loses the pass, and a person whose pass would say the same keeps it. */
    replaces?: string;
    /** The row with the phone's key: without that phone the version is worthless. */
    binding?: string;
    /** The others have their passes already: the lead is told of a companion without an account. */
    late?: boolean;
  }): Promise<{ passes: number }>;
  /**
   * Takes passes off every gate: all of them, or these people's as they stood at `seq`. `ends`: the reservation is over, and
   * no attempt that comes later makes another one, even while its row is not closed yet. `because`: what companions with an
   * account are told; left out: that it was cancelled.
   */
  revokePasses(request: {
    reservation: string;
    ordinals?: number[];
    seq?: number;
    ends?: true;
    because?: 'revoked';
  }): Promise<void>;
  /** Somebody was not seen leaving: visitor and host are asked, or the security desk is told; once a transition (`seq`). */
  tellOfOverstay(request: { reservation: string; seq: number; rung: number }): Promise<void>;
  /** Notes for admins that something was told of a reservation that cannot be. */
  putAside(request: { reservation: string; what: PutAside }): Promise<void>;
  /** Hands a message over: WeChat, else SMS, else the page. Never throws for a partner's refusal. */
  notify(notice: Notice): Promise<{ channel: 'wechat' | 'sms' | 'page' }>;
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
  /** Retention workflow: one batch of what is past its time; idempotent. `more`: ask again. */
  purge(request: { class: RetentionClass }): Promise<{ count: number; more: boolean }>;
  /** Retention workflow: what a run deleted, for the audit. */
  recordPurge(run: RetentionResult): Promise<void>;
}
