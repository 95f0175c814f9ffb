import type { RetentionClass } from '../../domain/retention.ts';

/** The daily deletion of what is past its time. Classes and counts only. */

export const retentionWorkflowType = 'retention';
export const retentionScheduleId = 'retention';
/** A run that somebody asked for; the schedule's own carry its date behind `retention/daily`. */
export const retentionByHandId = 'retention/by-hand';

/** What is left to do, carried across continue-as-new; empty: everything. */
export interface RetentionStart {
  left?: RetentionClass[];
  counts?: RetentionResult['counts'];
  failed?: RetentionClass[];
}

export interface RetentionResult {
  /** Rows by class; a class in which nothing was due is left out. */
  counts: Partial<Record<RetentionClass, number>>;
  /** Classes that could not be purged this time. */
  failed: RetentionClass[];
}
