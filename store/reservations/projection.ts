import type { Knex } from 'knex';
import type { GateEvent, Projection } from '../../domain/projection.ts';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import type { Transaction } from '../../platform/db.ts';
import { recordEvents, someoneCame } from '../gates/recorded-event.ts';
import { keepTaskNews } from '../messages/task-news.ts';
import { recordEntryOfUnknown } from '../office/restore.ts';
import { tellTransition } from '../webhooks/telling.ts';
import { attendance, correctAttendance } from './attendance.ts';
import { lockReservation } from './lock.ts';

/**
 * Writes what a reservation's workflow says of itself, whole and idempotent. The attempt that wrote before may have
 * run for a workflow task that never became durable, so the row's present content does not count: the newest seq wins,
 * equal ones replace, and a closed state replaces every other.
 */

/** Below the workflow task's own time limit (10 s), so that a late commit cannot outlive the task by much. */
const limits = `set local statement_timeout = '4s'; set local lock_timeout = '3s'; set local transaction_timeout = '5s'`;

export async function project(db: Knex, projection: Projection): Promise<void> {
  await db.transaction(async (trx) => {
    await trx.raw(limits);
    const row = await lockReservation(trx, projection.reservation);
    if (!row) throw new Error('A reservation without a row cannot be projected');
    const newest = row.seq <= projection.seq || projection.stage === 'closed';
    await write(trx, row.stage, projection, newest);
  });
}

/**
 * Writes what a workflow said when somebody asked it, where its row is behind. Such an answer has neither timeline nor events,
 * so a row that its workflow brought as far meanwhile stays as it is.
 *
 * @returns whether the row was behind
 */
export async function bringForward(db: Knex, projection: Projection): Promise<boolean> {
  return db.transaction(async (trx) => {
    await trx.raw(limits);
    const row = await lockReservation(trx, projection.reservation);
    if (!row) throw new Error('A reservation without a row cannot be brought forward');
    if (row.seq >= projection.seq) return false;
    await write(trx, row.stage, projection, true);
    return true;
  });
}

async function write(trx: Transaction, before: Stage, projection: Projection, newest: boolean): Promise<void> {
  if (newest) {
    await writeState(trx, projection);
    await tellTransition(trx, before, projection);
    await replaceTasks(trx, projection);
  }
  await replaceTimeline(trx, projection, newest);
  // After the timeline, which says that a task is open again.
  if (newest && projection.tasks.length > 0) await keepTaskNews(trx, projection);
  await recordEvents(trx, projection.events, { late: false });
}

/**
 * A gate's late event corrects `no_show`, and a late annulment of the only entry `completed`, also where it was recorded before the `no_show` was written (a database that was
 * away takes both in any order); the same projection again does not take that back.
 */
async function writeState(trx: Transaction, projection: Projection): Promise<void> {
  const { policy } = projection;
  const outcome = await outcomeByEvents(trx, projection);
  const attended = projection.attendance && (await attendance(trx, projection.reservation, projection.attendance));
  const stage: Stage = projection.stage;
  await trx('reservation')
    .where({ id: projection.reservation })
    .update({
      seq: projection.seq,
      round: projection.round,
      stage,
      outcome: outcome ?? null,
      corrected: outcome !== projection.outcome,
      channel: policy?.channel ?? null,
      campus_id: policy?.campus ?? null,
      department_id: policy?.department ?? null,
      submission_id: policy?.submission ?? null,
      approved_submission_id: projection.approvedAs ?? null,
      persons: policy?.persons ?? null,
      ordinals: policy?.ordinals ?? null,
      change_submission_id: projection.change?.submission ?? null,
      change_ordinals: projection.change?.ordinals ?? null,
      change_until: projection.change ? new Date(projection.change.decideBy) : null,
      proposal_id: projection.proposal ?? null,
      overstay: projection.overstay ?? 0,
      said_left_at: projection.saidLeftAt ? new Date(projection.saidLeftAt) : null,
      came: attended?.came ?? null,
      exit_unseen: attended?.exitUnseen ?? null,
      nudges: projection.nudges,
      nudged_at: projection.nudgedAt ? new Date(projection.nudgedAt) : null,
      visit_from: policy ? new Date(policy.from) : null,
      visit_until: policy ? new Date(policy.until) : null,
      stage_until: projection.stageUntil ? new Date(projection.stageUntil) : null,
      changed_at: new Date(projection.at),
      closed_at: stage === 'closed' ? new Date(projection.at) : null,
    });
}

/** The outcome as what gates told behind the workflow's back makes it. */
async function outcomeByEvents(trx: Transaction, { reservation, outcome }: Projection): Promise<Outcome | undefined> {
  const told = (of: object) =>
    trx('gate_event')
      .where({ reservation_id: reservation, direction: 'in', ...of })
      .first('id');
  if (outcome === 'no_show' && (await told({ late: true, annulled_at: null }))) return 'completed';
  if (outcome !== 'completed' || (await someoneCame(trx, reservation))) return outcome;
  return (await told({})) ? 'no_show' : outcome;
}

async function replaceTasks(trx: Transaction, { reservation, seq, tasks }: Projection): Promise<void> {
  await trx('task')
    .where({ reservation_id: reservation })
    .whereNotIn(
      'id',
      tasks.map(({ task }) => task),
    )
    .delete();
  if (tasks.length === 0) return;
  await trx('task')
    .insert(
      tasks.map((task) => ({
        id: task.task,
        reservation_id: reservation,
        seq,
        round: task.round,
        step: task.step,
        ordinal: task.ordinal,
        department_id: task.department,
        role: task.role ?? 'approver',
        people: task.people ?? null,
        rung: task.rung ?? 0,
        submission_id: task.submission,
        nudges: task.nudges ?? 0,
        nudged_at: task.nudgedAt ? new Date(task.nudgedAt) : null,
        status: task.status,
        decision_id: task.decision ?? null,
        opened_at: new Date(task.openedAt),
        decide_by: new Date(task.decideBy),
        closed_at: task.closedAt ? new Date(task.closedAt) : null,
      })),
    )
    .onConflict('id')
    .merge();
}

/** The newest replaces everything from its seq on; one that comes late replaces only what is its own. */
async function replaceTimeline(trx: Transaction, projection: Projection, newest: boolean): Promise<void> {
  const { reservation, seq, timeline } = projection;
  await trx('timeline')
    .where({ reservation_id: reservation })
    .andWhere('seq', newest ? '>=' : '=', seq)
    .delete();
  if (timeline.length === 0) return;
  await trx('timeline').insert(
    timeline.map((entry) => ({
      reservation_id: reservation,
      seq,
      n: entry.n,
      kind: entry.kind,
      actor_kind: entry.actor.kind,
      actor_id: entry.actor.id,
      reference: entry.reference ?? null,
      at: new Date(entry.at),
    })),
  );
}

/**
 * An event that belongs to no open visit. It is recorded, marked late, and corrects a `no_show` that was decided
 * without it; where it says that the only entry was none, it corrects a `completed`. An event of a reservation nobody knows is dropped: nothing in our rows could speak of it. After a restore it is
 * listed: somebody came by a pass of a visit that is gone.
 */
export async function recordLateEvent(db: Knex, event: GateEvent): Promise<void> {
  await db.transaction(async (trx) => {
    const row = await lockReservation(trx, event.reservation);
    if (!row) return recordEntryOfUnknown(trx, event);
    const recorded = await recordEvents(trx, [event], { late: true });
    if (!recorded) return;
    await correctAttendance(trx, event.reservation);
    if (event.direction !== 'in' || (row.outcome !== 'no_show' && row.outcome !== 'completed')) return;
    const outcome = (await someoneCame(trx, event.reservation)) ? 'completed' : 'no_show';
    if (outcome === row.outcome) return;
    await trx('reservation')
      .where({ id: event.reservation })
      .update({ outcome, corrected: true, changed_at: trx.fn.now() });
  });
}
