import type { Knex } from 'knex';
import { draftStages, type Outcome, type Stage } from '../../domain/reservation.ts';
import type { Transaction } from '../../platform/db.ts';

/** Rows of open reservations, to be compared with their workflows; and the end of one that has no workflow any more. */

export interface OpenRow {
  id: string;
  visitor: string;
  seq: number;
  stage: Stage;
  submission: string | null;
  until: Date | null;
  stageUntil: Date | null;
}

export interface SweepStep {
  /** Rows a step. */
  batch: number;
  /** Between two steps of all workers together, in ms. */
  every: number;
  /** A workflow task that was tried so often does not end by itself: a worker that dies costs one or two. */
  tries: number;
  /** How long a row rests after its last change before it is compared, in ms: what was just written is on its way. */
  rest: number;
}

/**
 * The next rows, for the one worker that asks first: some that are overdue or were asked something long ago, and the
 * next of all. Undefined for the others, and before the next step is due.
 */
export async function nextToCompare(
  db: Knex,
  { batch, every, rest }: Omit<SweepStep, 'tries'>,
): Promise<OpenRow[] | undefined> {
  return db.transaction(async (trx) => {
    const sweep = await trx('sweep').whereRaw('next_at <= now()').forUpdate().skipLocked().first('after');
    if (!sweep) return undefined;
    const open = () =>
      trx('reservation as r')
        .whereNot('r.stage', 'closed')
        .whereRaw(`r.changed_at < now() - ? * interval '1 millisecond'`, [rest])
        .limit(batch);
    const late = await open()
      .where((about) =>
        about
          .whereRaw(`r.stage_until < now() - ? * interval '1 millisecond'`, [rest])
          .orWhereExists(
            trx('request as q')
              .whereRaw(`q.reservation_id = r.id and q.status = 'pending'`)
              .whereRaw(`q.created_at < now() - ? * interval '1 millisecond'`, [rest]),
          ),
      )
      .orderByRaw('random()')
      .select('r.*');
    const next = await open()
      .modify((query) => (sweep.after ? query.where('r.id', '>', sweep.after) : query))
      .orderBy('r.id')
      .select('r.*');
    const after = next.length < batch ? null : next.at(-1)?.id;
    await trx('sweep').update({ after, next_at: trx.raw(`now() + ? * interval '1 millisecond'`, [every]) });
    const rows = new Map([...late, ...next].map((row) => [row.id, row]));
    return [...rows.values()].map(readOpenRow);
  });
}

const readOpenRow = (row: {
  id: string;
  visitor_id: string;
  seq: number;
  stage: Stage;
  submission_id: string | null;
  visit_until: Date | null;
  stage_until: Date | null;
}): OpenRow => ({
  id: row.id,
  visitor: row.visitor_id,
  seq: row.seq,
  stage: row.stage,
  submission: row.submission_id,
  until: row.visit_until,
  stageUntil: row.stage_until,
});

/**
 * The row of a reservation whose workflow has ended or is gone, as it stands, locked until the transaction ends. How it
 * ends is decided by this row, never by the one that was looked at: asking the engine takes a while.
 *
 * @returns undefined when it was closed, or went a step on, since it was looked at
 */
export async function lockOrphan(trx: Transaction, looked: OpenRow): Promise<OpenRow | undefined> {
  const row = await trx('reservation').where({ id: looked.id }).forNoKeyUpdate().first();
  if (!row || row.stage === 'closed' || row.seq !== looked.seq) return undefined;
  return readOpenRow(row);
}

/**
 * How a reservation ends whose workflow cannot say it any more: by what the rows know.
 */
export async function outcomeWithoutWorkflow(trx: Knex, row: OpenRow): Promise<Outcome> {
  const now = Date.now();
  if (!row.submission && draftStages.includes(row.stage)) return 'abandoned';
  const ended = row.until !== null && row.until.getTime() <= now;
  if (row.stage === 'visit' && ended) {
    const came = await trx('gate_event')
      .where({ reservation_id: row.id, direction: 'in', annulled_at: null })
      .first('id');
    return came ? 'completed' : 'no_show';
  }
  const undecided = row.stageUntil !== null && row.stageUntil.getTime() <= now;
  return ended || undecided ? 'expired' : 'cancelled';
}

/**
 * Closes a row of {@link lockOrphan}: stage, outcome, tasks and timeline, as the workflow would have. Call it in the
 * transaction that takes back passes and places, and queues what people are told.
 */
export async function closeOrphan(trx: Transaction, row: OpenRow, outcome: Outcome): Promise<void> {
  const seq = row.seq + 1;
  await trx('reservation').where({ id: row.id }).update({
    seq,
    stage: 'closed',
    outcome,
    change_submission_id: null,
    change_ordinals: null,
    change_until: null,
    proposal_id: null,
    stage_until: null,
    changed_at: trx.fn.now(),
    closed_at: trx.fn.now(),
  });
  await trx('task')
    .where({ reservation_id: row.id, status: 'open' })
    .update({ status: 'withdrawn', closed_at: trx.fn.now() });
  await trx('timeline').insert({
    reservation_id: row.id,
    seq,
    n: 0,
    kind: outcome,
    actor_kind: 'system',
    actor_id: 'sweep',
    at: trx.fn.now(),
  });
}

/** The row of a workflow, as far as it is compared with what the workflow knows. */
export async function rowOfWorkflow(db: Knex, reservation: string): Promise<{ seq: number; stage: Stage } | undefined> {
  return db('reservation').where({ id: reservation }).first('seq', 'stage');
}
