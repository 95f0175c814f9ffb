import { hour, type Instant } from './time.ts';

/** 催办: how often a visitor may remind the approver of a round, and how soon after another. */
export const nudging = { most: 3, every: 2 * hour };

export type NextNudge = { possible: true } | { possible: false; at?: Date };

/** Whether the approver may be reminded now; else from when on, or never again in this round. */
export function nextNudge({ nudges, nudgedAt }: { nudges: number; nudgedAt: Date | null }, now: Instant): NextNudge {
  if (nudges >= nudging.most) return { possible: false };
  const at = nudgedAt ? nudgedAt.getTime() + nudging.every : 0;
  return at > Number(now) ? { possible: false, at: new Date(at) } : { possible: true };
}
