import type { Knex } from 'knex';
import { type Channel, draftStages, type Outcome, openStages, type Stage } from '../../domain/reservation.ts';
import type { Reads } from '../../platform/reads.ts';
import { type Ahead, ahead, type Behind, isAhead, layOver, layOverWishes, overSince, stageAnswered } from './behind.ts';

/**
 * Reservations as pages see them. A row is born at seq 0 by the page that asks; from seq 1 on it is the
 * workflow's projection (store/reservations/projection.ts) and nothing else writes it.
 */

export interface Reservation {
  id: string;
  visitor: string;
  seq: number;
  round: number;
  /** As it was answered last, also while the row does not say so yet. */
  stage: Stage;
  outcome: Outcome | null;
  /** What was answered and is not in the row yet; null: nothing that a page would show. */
  behind: Behind | null;
  /** A `no_show` that a late gate event turned into `completed`. */
  corrected: boolean;
  /** From here on null for a draft. */
  channel: Channel | null;
  campus: string | null;
  department: string | null;
  submission: string | null;
  /** Everybody of the party, ready or not. */
  persons: number | null;
  from: Date | null;
  until: Date | null;
  /** When the stage ends by itself. */
  stageUntil: Date | null;
  /** A change that waits for its approval beside the standing one; undecided by `until`, the standing one stays. */
  change: { submission: string; until: Date } | null;
  /** Another time that the department proposed and nobody answered yet. */
  proposal: string | null;
  /** How often the approver of this round was reminded, and when last. */
  nudges: number;
  nudgedAt: Date | null;
  /** The rung on which whoever was not seen leaving stands (domain/overstay.ts); 0: nobody was asked. */
  overstay: number;
  createdAt: Date;
  changedAt: Date;
  closedAt: Date | null;
  /** The lead visitor's newest pass; null before one was issued. */
  pass: { id: string; version: number; from: Date; until: Date; revokedAt: Date | null } | null;
}

/** Written out, since a parameter would not be recognised as the condition of the partial index. */
const draftsInSql = draftStages.map((stage) => `'${stage}'`).join(', ');

/**
 * The visitor's one open draft; born when there is none. Call it in the transaction that keeps the request
 * which starts or continues it.
 */
export async function openDraft(trx: Knex, visitor: string): Promise<{ id: string; born: boolean }> {
  const { rows } = await trx.raw<{ rows: { id: string }[] }>(
    `insert into reservation (id, visitor_id, stage) values (uuidv7(), ?, 'registration')
      on conflict (visitor_id) where stage in (${draftsInSql}) and submission_id is null do nothing
      returning id`,
    [visitor],
  );
  const born = rows[0];
  if (born) return { id: born.id, born: true };
  const draft = await findDraftOf(trx, visitor);
  if (draft) return { id: draft.id, born: false };
  // The draft that stood in the way became a reservation in between.
  return openDraft(trx, visitor);
}

export async function findDraftOf(db: Knex, visitor: string): Promise<Reservation | undefined> {
  const row = await reservations(db)
    .where('r.visitor_id', visitor)
    .whereIn('r.stage', draftStages)
    .whereNull('r.submission_id')
    .first();
  return row && readReservation(row);
}

/** 我的预约: newest first, without drafts, open or lapsed. */
export async function reservationsOf(db: Knex, visitor: string, limit = 100): Promise<Reservation[]> {
  const rows = await reservations(db)
    .where('r.visitor_id', visitor)
    .whereNotNull('r.submission_id')
    .orderBy([
      { column: 'r.created_at', order: 'desc' },
      { column: 'r.id', order: 'desc' },
    ])
    .limit(limit);
  return rows.map(readReservation);
}

/** 最近行程: what comes next or is going on; of these one that may begin before one that is still asked for. */
export interface Trip {
  id: string;
  stage: Stage;
  campus: string;
  from: Date;
  until: Date;
  /** Null while there is none to show. */
  pass: { id: string } | null;
}

export async function nextTripOf(reads: Reads, visitor: string): Promise<Trip | undefined> {
  const [row] = await reads.rows<Omit<Trip, 'pass'> & { pass: string | null }>(nextTrip, [visitor, openStages]);
  return row && { ...row, pass: row.pass === null ? null : { id: row.pass } };
}

const nextTrip = `select r.id, ${stageAnswered} as stage, r.campus_id as campus, r.visit_from as "from", r.visit_until as "until", p.id as pass
  from reservation r
  left join lateral (
    select id, revoked_at from pass where reservation_id = r.id and ordinal = 0 order by version desc limit 1) p on true
  where r.visitor_id = $1 and r.submission_id is not null and r.stage = any($2)
    and r.visit_until > now()
    and not exists (select from request q where ${isAhead} and q.answer->>'stage' = 'closed')
  order by (p.id is not null and p.revoked_at is null) desc, r.visit_from, r.created_at desc limit 1`;

/** One reservation as its own visitor may see it; undefined when it is somebody else's, nobody's or a draft. */
export async function findReservationOf(db: Knex, visitor: string, id: string): Promise<Reservation | undefined> {
  const row = await reservations(db)
    .where({ 'r.id': id, 'r.visitor_id': visitor })
    .whereNotNull('r.submission_id')
    .first();
  return row && readReservation(row);
}

/** For staff who may see every reservation. */
export async function findReservation(db: Knex, id: string): Promise<Reservation | undefined> {
  const row = await reservations(db).where('r.id', id).first();
  return row && readReservation(row);
}

function reservations(db: Knex) {
  return db('reservation as r')
    .joinRaw(
      `left join lateral (
        select id as pass_id, version, valid_from, valid_until, revoked_at from pass
        where reservation_id = r.id and ordinal = 0 order by version desc limit 1) p on true`,
    )
    .select<ReservationRow[]>('r.*', 'p.pass_id', 'p.version', 'p.valid_from', 'p.valid_until', 'p.revoked_at')
    .select(db.raw(`${ahead} as ahead`));
}

interface ReservationRow {
  id: string;
  visitor_id: string;
  seq: number;
  round: number;
  stage: Stage;
  outcome: Outcome | null;
  corrected: boolean;
  channel: Channel | null;
  campus_id: string | null;
  department_id: string | null;
  submission_id: string | null;
  persons: number | null;
  change_submission_id: string | null;
  change_until: Date | null;
  proposal_id: string | null;
  nudges: number;
  nudged_at: Date | null;
  overstay: number;
  visit_from: Date | null;
  visit_until: Date | null;
  stage_until: Date | null;
  created_at: Date;
  changed_at: Date;
  closed_at: Date | null;
  pass_id: string | null;
  version: number;
  valid_from: Date;
  valid_until: Date;
  revoked_at: Date | null;
  ahead: Ahead[];
}

const readReservation = (row: ReservationRow): Reservation =>
  layOverWishes(layOver(readRow(row), row.ahead), row.ahead);

function readRow(row: ReservationRow): Omit<Reservation, 'behind'> {
  return {
    id: row.id,
    visitor: row.visitor_id,
    seq: row.seq,
    round: row.round,
    stage: row.stage,
    outcome: row.outcome,
    corrected: row.corrected,
    channel: row.channel,
    campus: row.campus_id,
    department: row.department_id,
    submission: row.submission_id,
    persons: row.persons,
    from: row.visit_from,
    until: row.visit_until,
    stageUntil: row.stage_until,
    change:
      row.change_submission_id && row.change_until
        ? { submission: row.change_submission_id, until: row.change_until }
        : null,
    proposal: row.proposal_id,
    nudges: row.nudges,
    nudgedAt: row.nudged_at,
    overstay: row.overstay,
    createdAt: row.created_at,
    changedAt: row.changed_at,
    closedAt: row.closed_at,
    pass: row.pass_id
      ? {
          id: row.pass_id,
          version: row.version,
          from: row.valid_from,
          until: row.valid_until,
          revokedAt: row.revoked_at ?? overSince(row.ahead) ?? null,
        }
      : null,
  };
}
