import type { Knex } from 'knex';
import { completedWithin, type EmergencyEntry, type EmergencyKind } from '../../domain/gate-emergency.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { rowCipher } from '../../platform/row-cipher.ts';
import { deskOfCampus } from '../approval/revocation.ts';

/** Entries without a pass, and what the security desk wrote down about each afterwards. */

/** @returns whether it was new. An instant later than our own clock counts as now. */
export async function noteEmergency(
  trx: Knex,
  { id, gate, campus, kind, at, guard }: EmergencyEntry & { gate: string; campus: string },
): Promise<boolean> {
  const occurred = new Date(Math.min(at, Date.now()));
  const rows = await trx('emergency_entry')
    .insert({
      id,
      gate_id: gate,
      campus_id: campus,
      kind,
      occurred_at: occurred,
      guard_id: guard,
      due_at: new Date(occurred.getTime() + completedWithin),
    })
    .onConflict('id')
    .ignore()
    .returning('id');
  return rows.length > 0;
}

export interface Emergency {
  id: string;
  gate: string;
  kind: EmergencyKind;
  occurredAt: Date;
  /** By name, where the gate said who. */
  guard: string | null;
  dueAt: Date;
  completed: { at: Date; by: string; words: string } | null;
}

const mostListed = 200;

/** Of this desk's campuses: what waits for words first, the oldest at the top; then the newest of the rest. */
export async function emergenciesAtDesk(db: Knex, cipher: FieldCipher, staff: string): Promise<Emergency[]> {
  const rows = await atDesk(db, staff)
    .leftJoin('staff as g', 'g.id', 'r.guard_id')
    .leftJoin('staff as c', 'c.id', 'r.completed_by')
    .orderByRaw(
      'r.completed_at is not null, case when r.completed_at is null then r.occurred_at end, r.occurred_at desc',
    )
    .limit(mostListed)
    .select('r.*', 'g.name as guard_name', 'c.name as completed_name');
  return rows.map((row) => ({
    id: row.id,
    gate: row.gate_id,
    kind: row.kind,
    occurredAt: row.occurred_at,
    guard: row.guard_name,
    dueAt: row.due_at,
    completed: row.completed_at && {
      at: row.completed_at,
      by: row.completed_name,
      words: rowCipher(cipher, 'emergency_entry', row.id).open('words_enc', row.words_enc),
    },
  }));
}

/** How many still wait for words, and how many of them too long. */
export async function openEmergencies(db: Knex, staff: string): Promise<{ open: number; overdue: number }> {
  const row = await atDesk(db, staff)
    .whereNull('r.completed_at')
    .first(db.raw('count(*)::int as open, count(*) filter (where r.due_at <= now())::int as overdue'));
  return { open: row.open, overdue: row.overdue };
}

/** @returns its gate; undefined where there is no such entry of this desk's campuses, or somebody was quicker */
export async function completeEmergency(
  trx: Knex,
  cipher: FieldCipher,
  { id, staff, words }: { id: string; staff: string; words: string },
): Promise<string | undefined> {
  const own = await atDesk(trx, staff).where('r.id', id).first('r.gate_id');
  if (!own) return undefined;
  const done = await trx('emergency_entry')
    .where({ id })
    .whereNull('completed_at')
    .update({
      completed_at: trx.fn.now(),
      completed_by: staff,
      words_enc: rowCipher(cipher, 'emergency_entry', id).seal('words_enc', words),
    });
  return done > 0 ? own.gate_id : undefined;
}

const atDesk = (db: Knex, staff: string) => db('emergency_entry as r').whereRaw(deskOfCampus, { staff });
