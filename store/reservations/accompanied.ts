import type { Knex } from 'knex';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { type Ahead, ahead, type Behind, layOver, overSince } from './behind.ts';
import { comes, leaving } from './leaving.ts';

/**
 * Visits that somebody with an account of their own goes along on. They see the visit, their own name and their own
 * pass: nothing of the others, nothing that the lead wrote.
 */

export interface Accompanied {
  id: string;
  ordinal: number;
  /** Their name as it was submitted. */
  name: string;
  seq: number;
  /** As it was answered last, also while the row does not say so yet. */
  stage: Stage;
  outcome: Outcome | null;
  behind: Behind | null;
  campus: string;
  department: string;
  from: Date;
  until: Date;
  stageUntil: Date | null;
  createdAt: Date;
  pass: { id: string; revokedAt: Date | null } | null;
  /** They were seen entering, and not leaving since. */
  inside: boolean;
  left: boolean;
  /** It was asked that they come along no more, and not answered yet. */
  leaving: boolean;
}

/** Newest first. */
export async function accompaniedBy(
  db: Knex,
  cipher: FieldCipher,
  visitor: string,
  limit = 100,
): Promise<Accompanied[]> {
  const rows = await visits(db, visitor).orderBy('r.created_at', 'desc').limit(limit);
  return rows.map((row) => read(cipher, row));
}

/** Undefined for everybody who is not of the party, the lead too. */
export async function findAccompanied(
  db: Knex,
  cipher: FieldCipher,
  visitor: string,
  reservation: string,
): Promise<Accompanied | undefined> {
  const row = await visits(db, visitor).where('r.id', reservation).first();
  return row && read(cipher, row);
}

/** People of the standing submission only: a person who was taken out, or left, is no longer found. */
const visits = (db: Knex, visitor: string) =>
  db('reservation_person as p')
    .join('reservation as r', 'r.submission_id', 'p.submission_id')
    .joinRaw(
      `left join lateral (select id as pass_id, revoked_at from pass
        where reservation_id = r.id and ordinal = p.ordinal order by version desc limit 1) own on true`,
    )
    .joinRaw(
      `left join lateral (select direction from gate_event
        where reservation_id = r.id and ordinal = p.ordinal and annulled_at is null order by occurred_at desc limit 1) seen on true`,
    )
    .where('p.visitor_id', visitor)
    .where('p.ordinal', '>', 0)
    .whereNull('p.erased_at')
    .whereRaw(comes('p.ordinal'))
    .select<Row[]>('r.*', 'p.id as person_row', 'p.ordinal', 'p.name_enc', 'own.*', 'seen.direction')
    .select(
      db.raw(`p.ordinal in (select ordinal from ${leaving('row')} asked) as leaving`),
      db.raw(`${ahead} as ahead`),
    );

/** Of a reservation's row: how far it is, where to and when. */
export interface VisitColumns {
  stage: Stage;
  outcome: Outcome | null;
  campus_id: string;
  department_id: string;
  visit_from: Date;
  visit_until: Date;
}

interface Row extends VisitColumns {
  id: string;
  ordinal: number;
  person_row: string;
  name_enc: Buffer;
  seq: number;
  stage_until: Date | null;
  created_at: Date;
  pass_id: string | null;
  revoked_at: Date | null;
  direction: 'in' | 'out' | null;
  leaving: boolean;
  ahead: Ahead[];
}

const read = (cipher: FieldCipher, row: Row): Accompanied => layOver(readRow(cipher, row), row.ahead);

const readRow = (cipher: FieldCipher, row: Row): Omit<Accompanied, 'behind'> => ({
  id: row.id,
  ordinal: row.ordinal,
  name: cipher.open({ table: 'reservation_person', column: 'name_enc', row: row.person_row }, row.name_enc),
  seq: row.seq,
  stage: row.stage,
  outcome: row.outcome,
  campus: row.campus_id,
  department: row.department_id,
  from: row.visit_from,
  until: row.visit_until,
  stageUntil: row.stage_until,
  createdAt: row.created_at,
  pass: row.pass_id ? { id: row.pass_id, revokedAt: row.revoked_at ?? overSince(row.ahead) ?? null } : null,
  inside: row.direction === 'in',
  left: row.direction === 'out',
  leaving: row.leaving,
});
