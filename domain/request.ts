import type { RefusalCode } from './answer.ts';
import type { RequestPayloads } from './request-payloads.ts';
import { approvedStages, draftStages, type Outcome, openStages, type Stage } from './reservation.ts';

export { type Answer, type RefusalCode, refusalCodes } from './answer.ts';
export type { Actor, RequestPayloads, VisitorReady } from './request-payloads.ts';

/**
 * What people may ask of a reservation, and what it answers. A request is kept as a row before it is
 * delivered; its id is idempotency key and Update id in one.
 */

export type RequestKind = keyof RequestPayloads;

/** What is to be known of a kind of request wherever one is kept, asked, shown or counted. */
interface Entry {
  /** Where a reservation takes it; what else stands against it, its workflow knows. */
  stages: readonly Stage[];
  /** Why not in any other stage; left out: `wrong_stage`. */
  elsewhere?: RefusalCode;
  /** What the audit calls it; for an approver's answer an action a verdict, in the same order. */
  audit: readonly string[];
  /** What the timeline may say of it: keys under `timeline`. */
  timeline: readonly string[];
  /** An approver's answer to a task, kept with a decision of one of these verdicts. `closes`: the task has that status then. */
  task?: { verdicts: readonly string[]; closes: boolean };
  /** It ends, narrows or decides: taken also where there is room for little more. */
  protects?: true;
  /** What its answer changes on pages before the row shows it (store/reservations/behind.ts). Left out: nothing. */
  shows?: Shown;
}

export interface Shown {
  /** The outcome where it closed the reservation. */
  closes?: Outcome;
  /** What does not wait any more. */
  ends?: readonly ('change' | 'proposal')[];
  /** It counts one more reminder, and everything else may be asked as before. */
  counts?: boolean;
}

/** Every kind; its name for people is the sentence `admin.request.<kind>`. */
export const requests = {
  start: { stages: [], audit: [], timeline: [] },
  ready: { stages: draftStages, audit: [], timeline: ['registered', 'ready'] },
  submit: {
    stages: draftStages,
    audit: ['reservation_submitted'],
    timeline: ['submitted', 'not_admitted'],
    shows: {},
  },
  decide: {
    stages: openStages,
    elsewhere: 'task_closed',
    audit: ['task_approved', 'task_rejected'],
    timeline: ['approved', 'rejected', 'changed', 'change_refused'],
    protects: true,
    task: { verdicts: ['approved', 'rejected'], closes: true },
    shows: { closes: 'rejected', ends: ['change', 'proposal'] },
  },
  cancel: {
    stages: ['details', ...openStages],
    audit: ['reservation_cancelled'],
    timeline: ['cancelled'],
    protects: true,
    shows: { closes: 'cancelled', ends: ['change', 'proposal'] },
  },
  resend_code: { stages: ['visit'], audit: ['visit_code_resent'], timeline: ['code_resent'] },
  change: {
    stages: openStages,
    audit: ['reservation_changed'],
    timeline: ['change_asked', 'change_not_admitted', 'changed'],
    shows: { ends: ['proposal'] },
  },
  withdraw_change: {
    stages: approvedStages,
    elsewhere: 'no_change_pending',
    audit: ['change_withdrawn'],
    timeline: ['change_withdrawn'],
    shows: { ends: ['change'] },
    protects: true,
  },
  return: {
    stages: ['approval'],
    elsewhere: 'task_closed',
    audit: ['task_returned'],
    timeline: ['returned'],
    protects: true,
    task: { verdicts: ['returned'], closes: true },
    shows: { ends: ['proposal'] },
  },
  propose_time: {
    stages: ['approval'],
    elsewhere: 'task_closed',
    audit: ['time_proposed'],
    timeline: ['proposed'],
    task: { verdicts: ['proposed'], closes: false },
    shows: {},
  },
  answer_proposal: {
    stages: ['approval'],
    elsewhere: 'no_proposal',
    audit: ['proposal_answered'],
    timeline: ['proposal_accepted', 'proposal_refused', 'not_admitted'],
    shows: { ends: ['proposal'] },
  },
  nudge: { stages: openStages, audit: ['approver_nudged'], timeline: ['nudged'], shows: { counts: true } },
  person_ready: { stages: [...draftStages, ...openStages], audit: [], timeline: ['person_ready'] },
  remove_person: { stages: openStages, audit: ['visit_left'], timeline: ['person_removed'], protects: true },
  bind_phone: { stages: ['visit'], audit: ['phone_bound'], timeline: ['phone_bound'] },
  revoke: {
    stages: approvedStages,
    elsewhere: 'nothing_to_revoke',
    audit: ['visit_revoked'],
    timeline: ['revoked', 'person_revoked'],
    protects: true,
    shows: { closes: 'revoked', ends: ['change', 'proposal'] },
  },
  transfer: {
    stages: openStages,
    elsewhere: 'task_closed',
    audit: ['task_transferred'],
    timeline: ['transferred'],
    task: { verdicts: ['transferred'], closes: false },
    shows: { ends: ['proposal'] },
  },
  decline: {
    stages: openStages,
    elsewhere: 'task_closed',
    audit: ['task_declined'],
    timeline: ['declined'],
    task: { verdicts: ['declined'], closes: false },
    shows: { ends: ['proposal'] },
  },
  withdraw_decision: {
    stages: ['approval', 'payment', 'visit'],
    audit: ['decision_withdrawn'],
    timeline: ['decision_withdrawn'],
    protects: true,
    task: { verdicts: ['withdrawn'], closes: false },
    shows: { ends: ['change', 'proposal'] },
  },
  add_signer: {
    stages: openStages,
    elsewhere: 'task_closed',
    audit: ['signer_added'],
    timeline: ['signer_added'],
    task: { verdicts: ['signer_added'], closes: false },
    shows: {},
  },
  remove_signer: {
    stages: openStages,
    elsewhere: 'task_closed',
    audit: ['signer_removed'],
    timeline: ['signer_removed'],
    task: { verdicts: ['signer_removed'], closes: false },
    shows: {},
  },
  move_policy: {
    stages: ['approval'],
    elsewhere: 'task_closed',
    audit: ['policy_moved'],
    timeline: ['policy_moved'],
    shows: {},
  },
  return_to_step: {
    stages: openStages,
    elsewhere: 'task_closed',
    audit: ['task_returned_to_step'],
    timeline: ['returned_to_step'],
    task: { verdicts: ['returned_to_step'], closes: false },
    shows: { ends: ['proposal'] },
  },
  say_left: { stages: ['visit'], audit: ['leaving_said'], timeline: ['said_left'], protects: true, shows: {} },
} as const satisfies Record<RequestKind, Entry>;

export const requestKinds = Object.keys(requests) as RequestKind[];
const entries: [RequestKind, Entry][] = requestKinds.map((kind) => [kind, requests[kind]]);

/** What its answer changes on pages at once; undefined: nothing. */
export const shownOf = (kind: RequestKind): Shown | undefined => {
  const { shows }: Entry = requests[kind];
  return shows;
};

/** Why a reservation in this stage does not take it; undefined where it does. */
export function refusalIn(stage: Stage, kind: RequestKind): RefusalCode | undefined {
  if (stage === 'closed') return 'closed';
  const { stages, elsewhere = 'wrong_stage' }: Entry = requests[kind];
  return stages.includes(stage) ? undefined : elsewhere;
}

export function protects(kind: RequestKind): boolean {
  const { protects: does }: Entry = requests[kind];
  return does ?? false;
}

type Of<Kind extends RequestKind> = (typeof requests)[Kind];
export type RequestAction<Kind extends RequestKind = RequestKind> = Of<Kind>['audit'][number];
/** Kinds that the audit calls by one name. */
export type RecordedKind = {
  [Kind in RequestKind]: Of<Kind>['audit'] extends readonly [string] ? Kind : never;
}[RequestKind];
export const actionOf = <Kind extends RecordedKind>(kind: Kind): RequestAction<Kind> => requests[kind].audit[0];

export type RequestTimeline = Of<RequestKind>['timeline'][number];

/** Kinds with which an approver answers a task. */
export type TaskAnswer = {
  [Kind in RequestKind]: Of<Kind> extends { task: unknown } ? Kind : never;
}[RequestKind];
/** What an approver may have said of a task, in a row of its own. */
export type DecisionVerdict<Kind extends TaskAnswer = TaskAnswer> = Of<Kind>['task']['verdicts'][number];

/** What the audit calls an answer: an action a verdict, in the same order. */
export function answerAction(kind: TaskAnswer, verdict: DecisionVerdict): RequestAction<TaskAnswer> {
  const { audit, task }: { audit: readonly RequestAction<TaskAnswer>[]; task: { verdicts: readonly string[] } } =
    requests[kind];
  const action = audit[task.verdicts.indexOf(verdict)];
  if (!action) throw new Error(`No action for ${kind} ${verdict}`);
  return action;
}

/** Answers after which a task is no longer open, or which leave it open. */
export const answersThatClose = (closes: boolean): RequestKind[] =>
  entries.filter(([, { task }]) => task?.closes === closes).map(([kind]) => kind);

/** Closed by an answer, or needed by nobody any more: `withdrawn`. */
export const taskStatuses = [
  'open',
  ...new Set(entries.flatMap(([, { task }]) => (task?.closes ? task.verdicts : []))),
  'withdrawn',
] as TaskStatus[];
export type TaskStatus = 'open' | 'withdrawn' | Extract<Of<TaskAnswer>['task'], { closes: true }>['verdicts'][number];
