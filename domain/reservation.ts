/** The words of the reservation process: stages, outcomes, channels. See docs/process.md. */

export const stages = [
  'registration',
  'consent',
  'profile',
  'details',
  'approval',
  'notification',
  'pass',
  'visit',
  'closed',
] as const;
export type Stage = (typeof stages)[number];

/** A draft is a reservation that was never submitted; it never shows in 我的预约. */
export const draftStages = ['registration', 'consent', 'profile', 'details'] as const satisfies readonly Stage[];

export const outcomes = ['completed', 'no_show', 'cancelled', 'rejected', 'expired', 'revoked', 'abandoned'] as const;
export type Outcome = (typeof outcomes)[number];

export type Channel = 'personal' | 'official';
export type Direction = 'in' | 'out';
/** How a credential reached the gate. */
export type EntryMethod = 'qr' | 'code';
export type Verdict = 'approved' | 'rejected';
/** What an approver may have said of a task, in a row of its own. */
export type DecisionVerdict = Verdict | 'returned' | 'proposed';
