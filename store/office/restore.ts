import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';

/** That the database came out of a backup, and what does not agree with it since. */

export interface Restore {
  id: string;
  /** What was acknowledged until then is in it. */
  backupAt: Date;
  restoredAt: Date;
  /** When everything that runs in the engine was compared; null: not yet. */
  settledAt: Date | null;
}

/**
 * `workflow_without_row`: it was ended. `row_brought_forward`: the workflow knew more, and its row shows it now. `row_cannot_follow`:
 * what the workflow knows speaks of rows that are gone; it was ended, and its visit closed. `row_ahead`: the row knows more than the
 * workflow. `entry_of_unknown`: a gate let somebody in by a pass of a visit that nobody knows any more. `gate_ahead`: a
 * gate had read further than its feed reaches now. `erased_again`: an account that had been deleted after the backup, or
 * what others held of somebody without one. `key_brought_back`: what is in use again, though it had been replaced. `gate_keys_anew`,
 * `gate_retired_again`: a gate's keys had been replaced, or it had been retired; so it is again.
 */
export type FindingKind =
  | 'workflow_without_row'
  | 'row_brought_forward'
  | 'row_cannot_follow'
  | 'row_ahead'
  | 'entry_of_unknown'
  | 'gate_ahead'
  | 'erased_again'
  | 'key_brought_back'
  | 'gate_keys_anew'
  | 'gate_retired_again';

export interface Finding {
  kind: FindingKind;
  /** The id of a visit, of a gate, or of a deletion; of a key its kind and id, `feed/3`. */
  subject: string;
  detail: Record<string, unknown>;
  seenAt: Date;
}

/** As the schema's owner, after everything is there. */
export async function recordRestore(owner: Knex, backupAt: Date): Promise<string> {
  const id = randomUUID();
  await owner('restore').insert({ id, backup_at: backupAt });
  return id;
}

export async function lastRestore(db: Knex): Promise<Restore | undefined> {
  const row = await db('restore').orderBy('restored_at', 'desc').first();
  return row && readRestore(row);
}

const readRestore = (row: { id: string; backup_at: Date; restored_at: Date; settled_at: Date | null }): Restore => ({
  id: row.id,
  backupAt: row.backup_at,
  restoredAt: row.restored_at,
  settledAt: row.settled_at,
});

/**
 * For the one process that asks first. Its claim lasts a minute; asking again with `restore` renews it, also late, until another
 * process has taken over.
 *
 * @param claim.by who asks, a uuid of its own
 */
export async function takeUnsettled(
  db: Knex,
  { by, restore }: { by: string; restore?: string },
): Promise<Restore | undefined> {
  const [row] = await db('restore')
    .whereNull('settled_at')
    .andWhere((mine) => {
      if (restore) mine.where({ id: restore, taken_by: by });
      else mine.where({ taken_by: by }).orWhereNull('taken_until').orWhereRaw('taken_until < now()');
    })
    .update({ taken_by: by, taken_until: db.raw(`now() + interval '1 minute'`) })
    .returning('*');
  return row && readRestore(row);
}

/** Nothing happens where another process has taken over. */
export async function settleRestore(db: Knex, { restore, by }: { restore: string; by: string }): Promise<void> {
  await db('restore').where({ id: restore, taken_by: by }).update({ settled_at: db.fn.now() });
}

/** Once a subject. Before any restore there is nothing to say. */
export async function recordFinding(
  db: Knex,
  { restore, kind, subject, detail = {} }: { restore: string; kind: FindingKind; subject: string; detail?: object },
): Promise<void> {
  const row = { restore_id: restore, kind, subject, detail: JSON.stringify(detail) };
  await db('restore_finding').insert(row).onConflict(['restore_id', 'kind', 'subject']).ignore();
}

/** Where the database was restored. */
async function recordLately(db: Knex, finding: { kind: FindingKind; subject: string; detail: object }): Promise<void> {
  const restore = await lastRestore(db);
  if (restore) await recordFinding(db, { restore: restore.id, ...finding });
}

export async function recordEntryOfUnknown(
  db: Knex,
  { reservation, gate, at }: { reservation: string; gate: string; at: number },
): Promise<void> {
  const detail = { gate, at: new Date(at).toISOString() };
  await recordLately(db, { kind: 'entry_of_unknown', subject: reservation, detail });
}

/** @param through the last position that the gate has read; `head` is the feed's own */
export async function recordGateAhead(
  db: Knex,
  { gate, through, head }: { gate: string; through: number; head: number },
): Promise<void> {
  await recordLately(db, { kind: 'gate_ahead', subject: gate, detail: { read: through, feed: head } });
}

export async function findingsOf(db: Knex, restore: string): Promise<Finding[]> {
  const rows = await db('restore_finding').where({ restore_id: restore }).orderBy(['kind', 'seen_at', 'subject']);
  return rows.map((row) => ({ kind: row.kind, subject: row.subject, detail: row.detail, seenAt: row.seen_at }));
}

/** Visits that were closed since, because their workflow had ended or is gone; `found`: how it was found. */
export async function closedSince(
  db: Knex,
  { restoredAt }: Restore,
): Promise<{ visit: string; outcome: string; found: string }[]> {
  const rows = await db('audit')
    .where({ action: 'visit_closed_without_workflow' })
    .andWhere('at', '>=', restoredAt)
    .orderBy('at')
    .select('subject_id', 'detail');
  return rows.map((row) => ({ visit: row.subject_id, outcome: row.detail.outcome, found: row.detail.found }));
}
