/** What staff are told of tasks. `staff_mail.<kind>` in both catalogues says it. */
export const taskNews = [
  /** Theirs to decide. */
  'task_opened',
  /** The visitor or the clock asked once more. */
  'task_reminded',
  /** A deputy reads along: it waits for somebody else. */
  'task_copied',
  /** Somebody else's now. */
  'task_moved',
  /** Taken back, or replaced by what was asked for since. */
  'task_withdrawn',
] as const;
export type TaskNews = (typeof taskNews)[number];

/** Beside tasks: what is told at once, at any hour to the security desk. `staff_mail.<kind>` says it too. */
export const visitNews = ['visit_overstayed', 'overstay_at_desk', 'entry_contradicted'] as const;
export type VisitNews = (typeof visitNews)[number];
export const isVisitNews = (kind: StaffMessageKind): kind is VisitNews => visitNews.some((one) => one === kind);

/** Security is called: somebody may be inside who should not be, whatever the hour. */
export const callsDesk = (kind: StaffMessageKind): boolean =>
  kind === 'overstay_at_desk' || kind === 'entry_contradicted';

export type StaffMessageKind = TaskNews | VisitNews | 'digest';

/** News that ask for a decision: they are told only as long as it is theirs to take. */
export const asksToDecide = (kind: StaffMessageKind): boolean => kind === 'task_opened' || kind === 'task_reminded';

/** News that ask for nothing: each is told, also where many are told together. */
export const informing = ['task_copied', 'task_moved', 'task_withdrawn'] as const;
export type InformingNews = (typeof informing)[number];
export const informs = (kind: StaffMessageKind): kind is InformingNews => informing.some((one) => one === kind);

/** More than these at one moment are told in one message. */
export const mostByThemselves = 3;
