import type { CompiledPolicy, GateEvent, Projection } from '../../domain/projection.ts';

export {
  type ProjectedTask,
  type Projection,
  type TimelineEntry,
  type TimelineKind,
  timelineKinds,
} from '../../domain/projection.ts';

/** The shapes in which workflows ask the core activities; ids, counts and instants only. */

export type Admission = { ok: true; policy: CompiledPolicy } | { ok: false; fields: Record<string, string> };

export type MessageKind = 'approved' | 'code' | 'rejected' | 'cancelled' | 'expired';

/** A message to the visitor, or one more hand-over of a message whose receipt said that WeChat failed. */
export type Notice =
  | {
      reservation: string;
      kind: MessageKind;
      /** Once a key: `<reservation>/<kind>/<seq or request id>`. */
      key: string;
      pass?: string;
      decision?: string;
    }
  | { reservation: string; message: string; after: 'wechat' };

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
}
