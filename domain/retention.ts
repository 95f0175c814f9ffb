/**
 * What is kept for a time, by class, in the order in which it goes: photographs first. The days stand in the table
 * `retention`.
 */
export const retentionClasses = [
  'photo',
  /** Who was ticked, and the form around it, while somebody chose companions. */
  'kept_form',
  /** One-time codes and counted tries. */
  'code',
  'invitation',
  /** Rows that were taken out of a lead's book. */
  'companion',
  /** Guardians whom no child needs any more. */
  'guardian',
  'recovery',
  /** What opens a gate or a page, of passes that are over, and what gates were told of them. */
  'credential',
  'message',
  /** Frozen people and free text of closed visits. */
  'visit_people',
  'gate_event',
  /** What had to stand a little longer when its owner deleted the account. */
  'erased_account',
  /** Accounts nobody came back to. */
  'account',
  'audit',
] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** A purge that did not come to its end for so long is a fault. Hours. */
export const purgeOverdueAfter = 48;
