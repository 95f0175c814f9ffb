import type { Knex } from 'knex';
import type { FieldCipher } from '../../platform/crypto.ts';
import { staffNames } from '../staff/staff.ts';
import { findCompiled } from './compiled-policy.ts';
import { firstWaiting } from './keep-move.ts';
import type { MovableVisit } from './movable-visits.ts';
import { type MovePlan, planMove } from './policy-move.ts';
import { actorsOf } from './seats.ts';
import { staffWhoVisit } from './visiting-staff.ts';

/** A visit's steps as people read them: who would have to decide, until when, and who has signed. */

export interface VisitStep {
  /** From 1 on. */
  number: number;
  need: number;
  seats: { names: string[]; signed?: { name: string; at: Date } }[];
  /** Enough have signed. */
  done: boolean;
  /** Where the step has a time of its own: when it would end at the latest, epoch ms, and what happens then. */
  limit?: { at: number; late: 'lapse' | 'climb' };
}

export interface Comparison {
  before: VisitStep[];
  after: VisitStep[];
  /** Signatures that count no more. */
  dropped: { name: string; at: Date }[];
  /** Nothing is missing by the new version. */
  approves: boolean;
}

/** @returns undefined where the visit may not be moved to that version */
export async function compareVersions(
  db: Knex,
  cipher: FieldCipher,
  visit: MovableVisit,
  version: string,
): Promise<Comparison | undefined> {
  const { submission, ordinals } = visit;
  const plan = await planMove(db, cipher, { submission, ordinals, version });
  if (!plan) return undefined;
  const before = await seatsToday(db, visit);
  const staff = await staffNames(db, [
    ...before.seats.flatMap(({ actors, signed }) => [...actors, ...(signed ? [signed.staff] : [])]),
    ...plan.seats.flatMap(({ actors, signed }) => [...actors, ...(signed ? [signed.staff] : [])]),
    ...plan.dropped.map((one) => one.staff),
  ]);
  const name = (id: string) => staff.get(id) ?? '';
  const after = stepsOf(plan, { ...visit, name, opens: Date.now() });
  return {
    before: stepsOf(before, { ...visit, name, opens: before.opens }),
    after,
    dropped: plan.dropped.map((one) => ({ name: name(one.staff), at: one.at })),
    approves: after.every(({ done }) => done),
  };
}

type Steps = Pick<MovePlan, 'steps'> & {
  seats: { step: number; actors: readonly string[]; signed?: { staff: string; at: Date } }[];
};

/** @param opens when the step that waits has opened, or will */
function stepsOf(
  { steps, seats }: Steps,
  { decideBy, opens, name }: { decideBy: number; opens: number; name: (id: string) => string },
): VisitStep[] {
  const waits = firstWaiting(steps, seats);
  let from = opens;
  return steps.map(({ need, within, late }, step) => {
    const own = seats.filter((seat) => seat.step === step);
    const ends = step < waits || within === undefined ? undefined : from + within;
    if (ends !== undefined) from = ends;
    return {
      number: step + 1,
      need,
      done: own.filter(({ signed }) => signed).length >= need,
      seats: own.map(({ actors, signed }) => ({
        names: actors.map(name),
        ...(signed && { signed: { name: name(signed.staff), at: signed.at } }),
      })),
      ...(late && ends !== undefined && ends < decideBy && { limit: { at: ends, late } }),
    };
  });
}

/** What it needs today: an open task names whoever may act on it at this moment, wherever it was passed on to. */
async function seatsToday(db: Knex, { id: reservation, submission }: MovableVisit): Promise<Steps & { opens: number }> {
  const compiled = await findCompiled(db, submission);
  const visiting = await staffWhoVisit(db, submission);
  const tasks: TaskRow[] = await db('task as t')
    .leftJoin('decision as d', 'd.request_id', 't.decision_id')
    .where({ 't.reservation_id': reservation, 't.submission_id': submission })
    .whereRaw(
      't.round = (select max(round) from task where reservation_id = t.reservation_id and submission_id = t.submission_id)',
    )
    .select(
      't.step',
      't.ordinal',
      't.status',
      't.opened_at',
      'd.staff_id',
      'd.created_at',
      db.raw(`array(select a.staff_id from task_actor a where a.task_id = t.id and a.behalf is null) as actors`),
    );
  const seats: Steps['seats'] = [];
  for (const { step, ordinal, department, role = 'approver', people = null } of compiled?.signatures ?? []) {
    const task = tasks.find((one) => one.step === step && one.ordinal === ordinal);
    const actors =
      task?.status === 'open' ? task.actors : await actorsOf(db, { department, role, people }, { visiting });
    const { staff_id: staff, created_at: at } = task?.status === 'approved' ? task : {};
    seats.push({ step, actors, ...(staff && at && { signed: { staff, at } }) });
  }
  const opened = tasks.filter(({ status }) => status === 'open').map((task) => task.opened_at.getTime());
  return { steps: compiled?.steps ?? [], seats, opens: Math.min(...opened) };
}

interface TaskRow {
  step: number;
  ordinal: number;
  status: string;
  opened_at: Date;
  staff_id: string | null;
  created_at: Date | null;
  actors: string[];
}
