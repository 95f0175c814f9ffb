import type { RefusalCode } from './answer.ts';

/** Taking one's own approval back (撤回): what is to be known of it, by the visit's process and by rows alike. */
export interface Approval {
  /** What was submitted or approved later took its place. */
  replaced: boolean;
  /** A change waits for its decision, or is being checked. */
  changing: boolean;
  /** Somebody has come in. */
  entered: boolean;
  /** When the visit begins, epoch ms. */
  from: number;
}

/** Why an approval stays, at `now` in epoch ms; undefined where it can be taken back. */
export function refuseWithdrawal(
  { replaced, changing, entered, from }: Approval,
  now: number,
): RefusalCode | undefined {
  if (replaced) return 'approval_replaced';
  if (changing) return 'change_pending';
  if (entered) return 'pass_used';
  return now < from ? undefined : 'already_begun';
}
