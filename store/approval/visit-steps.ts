import type { Knex } from 'knex';
import type { AddedPlace } from '../../domain/added-signer.ts';
import { firstWaiting } from '../../domain/placed-signers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { staffNames } from '../staff/staff.ts';
import type { MovableVisit } from './movable-visits.ts';
import { type MovePlan, planMove, type WhyNotMoved } from './policy-move.ts';
import { actorsOfEach } from './seats.ts';
import { drawnSteps } from './step-drawing.ts';
import { staffWhoVisit } from './visiting-staff.ts';

/** A visit's steps as people read them: who would have to decide, until when, and who has signed. */

export interface VisitStep {
  /** From 1 on. */
  number: number;
  need: number;
  /** `added`: somebody was added to it, to sign before or after one of the policy's. */
  seats: { names: string[]; signed?: { name: string; at: Date }; added?: AddedPlace }[];
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

/** @returns why not, where the visit may not be moved to that version */
export async function compareVersions(
  db: Knex,
  cipher: FieldCipher,
  visit: MovableVisit,
  version: string,
): Promise<Comparison | WhyNotMoved> {
  const { submission, ordinals } = visit;
  const plan = await planMove(db, cipher, { submission, ordinals, version });
  if (typeof plan === 'string') return plan;
  const asked = [
    ...plan.seats,
    ...plan.added.map(({ at, place, ...signer }) => ({ ...signer, step: at.step, added: place })),
  ];
  const before = await seatsToday(db, submission);
  const staff = await staffNames(db, [
    ...before.seats.flatMap(({ actors, signed }) => [...actors, ...(signed ? [signed.staff] : [])]),
    ...asked.flatMap(({ actors, signed }) => [...actors, ...(signed ? [signed.staff] : [])]),
    ...plan.dropped.map((one) => one.staff),
  ]);
  const name = (id: string) => staff.get(id) ?? '';
  const after = stepsOf({ ...plan, seats: asked }, { ...visit, name, opens: Date.now() });
  return {
    before: stepsOf(before, { ...visit, name, opens: before.opens }),
    after,
    dropped: plan.dropped.map((one) => ({ name: name(one.staff), at: one.at })),
    approves: after.every(({ done }) => done),
  };
}

type Steps = {
  steps: readonly Pick<MovePlan['steps'][number], 'need' | 'within' | 'late'>[];
  seats: { step: number; actors: readonly string[]; signed?: { staff: string; at: Date }; added?: AddedPlace }[];
};

/** @param opens when the step that waits has opened, or will */
function stepsOf(
  { steps, seats }: Steps,
  { decideBy, opens, name }: { decideBy: number; opens: number; name: (id: string) => string },
): VisitStep[] {
  const ofPolicy = seats.filter(({ added }) => !added);
  const placed = seats.filter(({ added }) => added).map(({ step, signed }) => ({ at: { step }, signed }));
  const waits = firstWaiting(steps, ofPolicy, placed);
  let from = opens;
  return steps.map(({ need, within, late }, step) => {
    const own = seats.filter((seat) => seat.step === step);
    const ends = step < waits || within === undefined ? undefined : from + within;
    if (ends !== undefined) from = ends;
    return {
      number: step + 1,
      need,
      done:
        own.filter(({ signed, added }) => signed && !added).length >= need &&
        own.every(({ signed, added }) => signed || !added),
      seats: own.map(({ actors, signed, added }) => ({
        names: actors.map(name),
        ...(added && { added }),
        ...(signed && { signed: { name: name(signed.staff), at: signed.at } }),
      })),
      ...(late && ends !== undefined && ends < decideBy && { limit: { at: ends, late } }),
    };
  });
}

/** What it needs today: an open task names whoever may act on it at this moment, wherever it was passed on to. */
async function seatsToday(db: Knex, submission: string): Promise<Steps & { opens: number }> {
  const steps = await drawnSteps(db, submission);
  const visiting = await staffWhoVisit(db, submission);
  const open = steps.flatMap((step) => step.seats).filter(({ status }) => status === 'open');
  const acting = await actorsByTask(
    db,
    open.flatMap(({ task }) => task ?? []),
  );
  const drawn = steps.flatMap((one, step) => one.seats.map((seat) => ({ ...seat, step })));
  const would = await actorsOfEach(
    db,
    drawn.map(({ notBy, ...seat }) => ({ ...seat, ...(notBy && { notBy }) })),
    { visiting },
  );
  const seats = drawn.map(({ step, task, status, by, at, added }, n) => ({
    step,
    actors: (task && status === 'open' ? acting.get(task) : would[n]) ?? [],
    ...(added && { added }),
    ...(status === 'approved' && by && at && { signed: { staff: by, at } }),
  }));
  return { steps, seats, opens: Math.min(...open.map(({ openedAt }) => openedAt?.getTime() ?? Date.now())) };
}

/** Who may act on each task in their own name, ids of staff. */
async function actorsByTask(db: Knex, tasks: string[]): Promise<Map<string, string[]>> {
  const rows: { task_id: string; staff_id: string }[] = await db('task_actor')
    .whereIn('task_id', tasks)
    .where({ behalf: null })
    .select('task_id', 'staff_id');
  const actors = new Map<string, string[]>();
  for (const { task_id: task, staff_id: staff } of rows) actors.set(task, [...(actors.get(task) ?? []), staff]);
  return actors;
}
