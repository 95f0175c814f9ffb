/** The words of the reservation process: stages, outcomes, channels. See docs/process.md. */

/** In the order of the process. */
export const stages = ['registration', 'details', 'approval', 'payment', 'pass', 'visit', 'closed'] as const;
export type Stage = (typeof stages)[number];

/**
 * Its details are to be filled in: by a draft, which was never submitted and never shows in 我的预约, or once more by
 * what was returned.
 */
export const draftStages: readonly Stage[] = ['registration', 'details'];
/** It is submitted and waits for its answer or its visitor. */
export const openStages: readonly Stage[] = ['approval', 'payment', 'pass', 'visit'];
/** Approved: passes are out, or about to be. */
export const passStages: readonly Stage[] = ['pass', 'visit'];
/** Approved: it waits for its fee, or has its passes. */
export const approvedStages: readonly Stage[] = ['payment', ...passStages];

export const outcomes = ['completed', 'no_show', 'cancelled', 'rejected', 'expired', 'revoked', 'abandoned'] as const;
export type Outcome = (typeof outcomes)[number];

export const channels = ['personal', 'official'] as const;
export type Channel = (typeof channels)[number];
export type Direction = 'in' | 'out';
export type Verdict = 'approved' | 'rejected';

/** What was done for a visit and is undone, newest first, where it ends early. Carried from run to run. */
export type Undo = 'places' | 'money' | 'passes';
