import { randomUUID } from 'node:crypto';
import type { Outcome, Stage } from '../../domain/reservation.ts';
import { drawAnew } from '../../platform/photograph.ts';
import { keepProposal } from '../../store/approval/proposal.ts';
import { chooseCompanions, keepParty } from '../../store/companions/chosen-party.ts';
import { invite } from '../../store/companions/invitation.ts';
import { savePhoto } from '../../store/people/photo.ts';
import { writeSubmission } from '../../store/reservations/submission.ts';
import { aDeclaredCompanion, anInvitedCompanion } from '../../testing/companions.ts';
import { portrait } from '../../testing/photographs.ts';
import { aSubmittedPerson, aSubmittedVisit } from '../../testing/submitted.ts';
import type { System } from '../../testing/system.ts';
import type { Cast } from './cast.ts';

/** Rows that pages read, as the workflow projects them: no engine is asked. */

export interface Owner {
  visitor: string;
  person: string;
  /** The agreement to the notice of filling in. */
  consent: string;
  cast: Cast;
}

const hour = 3600_000;
/** What a timeline says between asking and the end. */
const happened: Partial<Record<Stage | Outcome, string[]>> = {
  approval: ['proposed'],
  details: ['returned'],
  payment: ['approved', 'payment_asked'],
  completed: ['approved', 'pass_issued', 'entered', 'window_ended'],
  no_show: ['approved', 'pass_issued', 'window_ended'],
  cancelled: ['approved', 'pass_issued', 'cancelled'],
  rejected: ['rejected'],
  expired: ['expired'],
  revoked: ['approved', 'pass_issued', 'revoked'],
};
export const host = '王建国';

interface SeededVisit {
  stage: Stage;
  outcome?: Outcome;
  /** Hours from now. */
  starts: number;
}

/** A reservation of somebody's in any stage, with its frozen people. */
export async function aReservation(
  system: System,
  of: Owner,
  visit: SeededVisit,
  people?: Parameters<typeof guest>[0],
) {
  const { db, cipher, index } = system;
  const { cast, ...self } = of;
  const reservation = randomUUID();
  const department = await db('department').where({ name_zh: '信息科学与工程学院' }).first();
  const reason = await db('reason').orderBy('position').first();
  const from = new Date(Date.now() + visit.starts * hour);
  const submission = aSubmittedVisit({
    id: randomUUID(),
    reservation,
    campus: department.campus_id,
    department: department.id,
    reason: reason.id,

    from,
    until: new Date(Number(from) + 2 * hour),
    channel: 'personal',
    answers: {
      host,
      note: cast.note,
    },
    people: [
      aSubmittedPerson({
        ...self,
        ...ann,
        name: cast.visitor,
        unit: cast.unit,
        documentPhoto: (await ownPhoto(system, of)) ?? null,
      }),
      ...(people ? [guest(people)] : []),
    ],
  });
  const closed = visit.stage === 'closed';
  await db.transaction(async (trx) => {
    await trx('reservation').insert({ id: reservation, visitor_id: of.visitor, stage: 'closed', outcome: 'abandoned' });
    await writeSubmission(trx, { cipher, index }, submission);
    await trx('reservation')
      .where({ id: reservation })
      .update({
        seq: 2,
        channel: submission.channel,
        campus_id: submission.campus,
        department_id: submission.department,

        submission_id: submission.id,
        visit_from: from,
        visit_until: submission.until,
        persons: people ? 2 : 1,
        ordinals: submission.people.map(({ ordinal }) => ordinal),

        stage: visit.stage,
        outcome: visit.outcome ?? null,
        closed_at: closed ? new Date() : null,
        // No workflow runs it: what has not yet rested is not compared, and so not ended as lost.
        changed_at: new Date(Date.now() + 24 * hour),
        stage_until: closed ? null : new Date(Date.now() + 2 * hour),
      });
    await trx('timeline').insert(
      ['submitted', ...(happened[visit.outcome ?? visit.stage] ?? [])].map((kind, n) => ({
        reservation_id: reservation,
        seq: 2,
        n,
        kind,
        actor_kind: kind === 'submitted' ? 'visitor' : 'system',
        at: new Date(Math.min(Date.now(), Number(from)) - (9 - n) * hour),
      })),
    );
  });
  return { reservation, submission };
}

export const ann = { phone: '13900007001', document: 'E00007001' };

const guest = ({ visitor, person, consent, name }: Omit<Owner, 'cast'> & { name: string }) =>
  aSubmittedPerson({
    visitor,
    person,
    consent,
    name,
    ordinal: 1,
    phone: '13900007002',
    document: 'E00007002',
  });

const ownPhoto = async ({ db }: System, { visitor }: Owner): Promise<string | undefined> =>
  (await db('photo').where({ visitor_id: visitor, kind: 'document' }).first('id'))?.id;

export async function aTask(
  { db }: System,
  { reservation, submission }: Awaited<ReturnType<typeof aReservation>>,
  status: 'open' | 'returned',
): Promise<string> {
  const id = randomUUID();
  await db('task').insert({
    id,
    reservation_id: reservation,
    seq: 2,
    round: 0,
    step: 0,
    ordinal: 0,
    status,

    department_id: submission.department,
    submission_id: submission.id,
    opened_at: new Date(),

    decide_by: new Date(Date.now() + 2 * hour),
    closed_at: status === 'open' ? null : new Date(),
  });
  return id;
}

/** The department would rather see them a day later. */
export async function aProposal(system: System, of: Awaited<ReturnType<typeof aReservation>>): Promise<void> {
  const { db, owner } = system;
  const { reservation, submission } = of;
  const id = randomUUID();
  const later = (at: Date) => new Date(Number(at) + 24 * hour);
  const payload = { from: Number(later(submission.from)), until: Number(later(submission.until)) };
  await owner('request').insert({
    id,
    reservation_id: reservation,
    kind: 'propose_time',
    actor_kind: 'staff',
    payload,

    status: 'answered',
    answer: { ok: true, stage: 'approval', seq: 2 },
    answered_at: new Date(),
  });
  await keepProposal(db, { id, reservation, from: later(submission.from), until: later(submission.until) });
  await db('reservation').where({ id: reservation }).update({ proposal_id: id });
}

/** The picture of a document, and of a face. */
export async function photographs({ db, cipher }: System, of: Owner): Promise<void> {
  const drawn = await drawAnew(await portrait());
  if (!drawn.ok) throw new Error(drawn.problem);
  const { jpeg, width, height } = drawn;
  for (const kind of ['document', 'face'] as const) {
    const photo = { visitor: of.visitor, kind, jpeg, width, height, consent: of.consent, keep: true };
    await db.transaction((trx) => savePhoto(trx, cipher, photo));
  }
}

/** Somebody declared, a child without a guardian, and somebody invited; two of them ticked for a form. */
export async function aBook(system: System, lead: string, cast: Cast) {
  const { db, cipher, index } = system;
  const grandmother = await aDeclaredCompanion(system, lead, { name: cast.grandmother });
  const child = await aDeclaredCompanion(system, lead, {
    name: cast.child,
    declared: { birthDay: '2019-06-01', document: 'E00000078' },
  });
  const invited = await anInvitedCompanion(system, lead, { name: cast.invited, phone: '13900007003' });
  const token = await db.transaction((trx) => invite(trx, index, invited));
  const ticked = (channel: 'personal' | 'official') =>
    db.transaction(async (trx) => {
      const id = await keepParty(trx, cipher, lead, { party: undefined, channel, form: {} });
      await chooseCompanions(trx, lead, id, { companions: [grandmother, invited] });
      return id;
    });
  return { grandmother, child, invited, token, party: await ticked('personal'), group: await ticked('official') };
}
