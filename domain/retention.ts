/**
 * What is kept for a time, by class, in the order in which it goes: photographs first. A class is called what its purge
 * deletes. The days stand in the table `retention`.
 */
export const retentionClasses = [
  'photos',
  /** The ticked companions, and the form around them, while a lead was choosing. */
  'chosen_parties',
  /** One-time codes, counted tries, and forms that waited for a login. */
  'codes_tries_and_kept_forms',
  'invitations',
  /** Rows that were taken out of a lead's book. */
  'removed_companions',
  /** Guardians that no child needs any more. */
  'unneeded_guardians',
  'lost_number_claims',
  /** What opens a gate or a page, of passes that are over, and what gates were told of them. */
  'pass_credentials',
  'messages',
  /** Frozen people and free text of closed visits. */
  'people_of_closed_visits',
  /** Orders for a vehicle that nobody paid. */
  'unpaid_orders',
  'gate_events',
  /** What had to stand a little longer when its owner deleted the account. */
  'left_of_erased_accounts',
  /** Accounts nobody came back to. */
  'idle_accounts',
  'audit_records',
  /** Days of the provider's bill, and differences that were settled; counted from the end of their year. */
  'bill_comparisons',
  /** What was paid and went back, visit by visit; counted from the end of the year of the last of it. */
  'payments',
] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** The days of each class as people are told of them: in years where the law gives years. */
export const toldTimes = (days: Record<RetentionClass, number>) => ({
  ...days,
  payment_years: Math.floor(days.payments / 365.25),
});

/** What a class was called until it was named after what it deletes: a run that began before still says it. */
const earlierNames: Record<string, RetentionClass> = {
  photo: 'photos',
  kept_form: 'chosen_parties',
  code: 'codes_tries_and_kept_forms',
  invitation: 'invitations',
  companion: 'removed_companions',
  guardian: 'unneeded_guardians',
  recovery: 'lost_number_claims',
  credential: 'pass_credentials',
  message: 'messages',
  visit_people: 'people_of_closed_visits',
  gate_event: 'gate_events',
  erased_account: 'left_of_erased_accounts',
  account: 'idle_accounts',
  audit: 'audit_records',
};

/** @throws RangeError when no class is or was called so */
export function retentionClassOf(name: string): RetentionClass {
  const found = retentionClasses.find((one) => one === name) ?? earlierNames[name];
  if (!found) throw new RangeError(`Nothing is kept under the name ${name}`);
  return found;
}

/** A purge that did not come to its end for so long is a fault. Hours. */
export const purgeOverdueAfter = 48;
