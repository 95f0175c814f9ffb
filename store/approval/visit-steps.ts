import type { Knex } from 'knex';
import type { AddedPlace } from '../../domain/added-signer.ts';
import { firstWaiting } from '../../domain/placed-signers.ts';
import type { FieldCipher } from '../../platform/crypto.ts';
import { staffNames } from '../staff/staff.ts';
import type { MovableVisit } from './movable-visits.ts';
import { type MovePlan, planMove, type WhyNotMoved } from './policy-move.ts';
import { actorsOf } from './seats.ts';
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
  const seats: Steps['seats'] = [];
  for (const [step, { seats: drawn }] of steps.entries()) {
    for (const { task, status, by, at, notBy, added, ...seat } of drawn) {
      const isOpen = task && status === 'open';
      const actors = isOpen
        ? await db('task_actor').where({ task_id: task, behalf: null }).pluck('staff_id')
        : await actorsOf(db, { ...seat, ...(notBy && { notBy }) }, { visiting });
      const signed = status === 'approved' && by && at && { signed: { staff: by, at } };
      seats.push({ step, actors, ...(added && { added }), ...signed });
    }
  }
  const open = steps.flatMap((step) => step.seats).filter(({ status }) => status === 'open');
  return { steps, seats, opens: Math.min(...open.map(({ openedAt }) => openedAt?.getTime() ?? Date.now())) };
}
