import type { Knex } from 'knex';

/** What of money does not agree with what the provider says, until somebody of the office has settled it. */

export const payFaultKinds = [
  'other_amount',
  'unknown_order',
  'missing_at_provider',
  'missing_here',
  'amounts_differ',
  /** By hand, and by the provider after all. */
  'paid_out_twice',
] as const;
export type PayFaultKind = (typeof payFaultKinds)[number];

export interface PayFault {
  kind: PayFaultKind;
  /** An order or refund by our number; where we know none, by the provider's. */
  subject: string;
  /** YYYY-MM-DD in Shanghai, where a bill told of it. */
  day: string | null;
  /** Fen. */
  ours: number | null;
  theirs: number | null;
  seenAt: Date;
}

type Told = Pick<PayFault, 'kind' | 'subject'> & Partial<Pick<PayFault, 'day' | 'ours' | 'theirs'>>;

/** Once; seen again, it stays as it was settled. */
export async function recordPayFault(db: Knex, { kind, subject, day, ours, theirs }: Told): Promise<void> {
  await db('payment_fault')
    .insert({ kind, subject, day: day ?? null, ours: ours ?? null, theirs: theirs ?? null })
    .onConflict(['kind', 'subject'])
    .merge({ seen_at: db.fn.now() });
}

/** SQL: how many nobody has settled. */
export const openPayFaultCount = '(select count(*) from payment_fault where settled_at is null)';

/** Oldest first. */
export async function openPayFaults(db: Knex, limit: number): Promise<PayFault[]> {
  const rows = await db('payment_fault')
    .where({ settled_at: null })
    .orderBy(['seen_at', 'subject'])
    .limit(limit)
    .select('*', db.raw(`to_char(day, 'YYYY-MM-DD') as day`));
  return rows.map((row) => ({
    kind: row.kind,
    subject: row.subject,
    day: row.day,
    ours: row.ours,
    theirs: row.theirs,
    seenAt: row.seen_at,
  }));
}

/** @returns false where there is none, or it was settled already */
export async function settlePayFault(
  db: Knex,
  { kind, subject, by }: Pick<PayFault, 'kind' | 'subject'> & { by: string },
): Promise<boolean> {
  const changed = await db('payment_fault')
    .where({ kind, subject, settled_at: null })
    .update({ settled_at: db.fn.now(), settled_by: by });
  return changed === 1;
}
