import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { createDelivery } from '../delivery/deliver.ts';
import type { OverstayTimes } from '../domain/overstay.ts';
import type { BlindIndex, FieldCipher } from '../platform/crypto.ts';
import { createLog } from '../platform/log.ts';
import { keepRequest } from '../store/reservations/request.ts';
import { openDraft } from '../store/reservations/reservation.ts';
import { freezePerson, type SubmittedPerson, writeSubmission } from '../store/reservations/submission.ts';
import { answersOf, aSubmittedPerson, aSubmittedVisit } from './submitted.ts';
import { until } from './until.ts';

/** Reservations, as rows for pages that only read them or through the real workflow. All people are made up. */

export interface House {
  db: Knex;
  cipher: FieldCipher;
  index: BlindIndex;
}

/** A reservation as it lies in the database. */
export type Row = Record<string, unknown>;

/** Waits until the reservation's row is as it should be. @returns the row then */
export const untilReservation = (
  { owner }: { owner: Knex },
  id: string,
  holds: (found: Row) => boolean,
  // biome-ignore lint/suspicious/noExplicitAny: tests compare what they find
): Promise<any> =>
  until(async () => {
    const found = await owner('reservation').where({ id }).first();
    return holds(found) && found;
  }, 'the reservation is as it should be');

export interface Somebody {
  name: string;
  phone: string;
  document: string;
  plate: string | null;
}

/** A valid resident id of somebody who does not exist (GB 11643 check digit included). */
export const somebody: Somebody = {
  name: '欧阳小满',
  phone: '13000000017',
  document: '110199200001019010',
  plate: '京A12345',
};

/** A registered visitor with a complete person and both agreements. */
export async function aVisitor({ db, cipher, index }: House, who: Somebody = somebody) {
  const [visitor, person] = [randomUUID(), randomUUID()];
  const seal = (table: string, column: string, row: string, text: string) => cipher.seal({ table, column, row }, text);
  await db('visitor').insert({
    id: visitor,
    phone_enc: seal('visitor', 'phone_enc', visitor, who.phone),
    phone_hash: index('phone', who.phone),
  });
  await db('person').insert({
    id: person,
    visitor_id: visitor,
    name_enc: seal('person', 'name_enc', person, who.name),
    sex: 'male',
    phone_enc: seal('person', 'phone_enc', person, who.phone),
    document_type: 'resident_id',
    document_enc: seal('person', 'document_enc', person, who.document),
    document_hash: index('document', who.document),
    document_tail_hash: index('document_tail', who.document.slice(-6)),
  });
  const consents: Record<string, string> = {};
  for (const [kind, purpose] of [
    ['terms', 'terms'],
    ['filling', 'personal_information'],
  ]) {
    const notice = await db('notice').where({ kind }).first();
    const [row] = await db('consent')
      .insert({
        visitor_id: visitor,
        notice_id: notice.id,
        purpose,
        text_hash: notice.text_hash,
        channel: 'browser',
      })
      .returning('id');
    consents[purpose ?? ''] = row.id;
  }
  return { visitor, person, consent: consents.personal_information ?? '' };
}

export interface Wish {
  who?: Somebody;
  /** Name of the department, Chinese. */
  department?: string;
  channel?: 'personal' | 'official';
  from?: Date;
  until?: Date;
  decideBy?: Date;
  note?: string;
}

/** A submission's rows, of a reservation that exists. */
async function aSubmission(
  house: House,
  reservation: string,
  of: Awaited<ReturnType<typeof aVisitor>>,
  wish: Wish = {},
) {
  const { db, cipher, index } = house;
  const who = wish.who ?? somebody;
  const department = await db('department')
    .where({ name_zh: wish.department ?? '信息科学与工程学院' })
    .first();
  const reason = await db('reason').orderBy('position').first();
  const submission = aSubmittedVisit({
    id: randomUUID(),
    reservation,
    channel: wish.channel ?? 'personal',
    campus: department.campus_id as string,
    department: department.id as string,
    reason: reason.id as string,
    answers: answersOf({
      host: (wish.channel ?? 'personal') === 'personal' ? '王建国' : undefined,
      note: wish.note,
    }),
    from: wish.from ?? new Date(Date.now() + 4 * 3600_000),
    until: wish.until ?? new Date(Date.now() + 6 * 3600_000),
    people: [
      aSubmittedPerson({
        person: of.person,
        visitor: of.visitor,
        consent: of.consent,
        name: who.name,
        phone: who.phone,

        documentType: 'resident_id',
        document: who.document,
        plate: who.plate,
        unit: '示例科技有限公司',
      }),
    ],
  });
  await writeSubmission(db, { cipher, index }, submission);
  return submission;
}

/** One more of the party of a reservation that no workflow runs: as submitted, and as projected. */
export async function comesAlong(
  { db, cipher, index }: House,
  { reservation, submission }: { reservation: string; submission: string },
  person: SubmittedPerson,
): Promise<void> {
  await freezePerson(db, { cipher, index }, { id: submission, reservation }, person);
  await db('reservation')
    .where({ id: reservation })
    .update({ ordinals: db.raw('array_append(ordinals, ?::smallint)', [person.ordinal]) });
}

/** A reservation that waits for its department, as the workflow would have projected it. */
export async function aWaitingTask(house: House, wish: Wish = {}) {
  const { db } = house;
  const of = await aVisitor(house, wish.who);
  const [reservation, task] = [randomUUID(), randomUUID()];
  await db('reservation').insert({ id: reservation, visitor_id: of.visitor, stage: 'details' });
  const submission = await aSubmission(house, reservation, of, wish);
  const decideBy = wish.decideBy ?? submission.from;
  await db('reservation')
    .where({ id: reservation })
    .update({
      seq: 2,
      stage: 'approval',
      channel: submission.channel,
      campus_id: submission.campus,
      department_id: submission.department,
      submission_id: submission.id,
      ordinals: submission.people.map(({ ordinal }) => ordinal),
      visit_from: submission.from,
      visit_until: submission.until,
      stage_until: decideBy,
    });
  await db('task').insert({
    id: task,
    reservation_id: reservation,
    seq: 2,
    round: 0,
    step: 0,
    ordinal: 0,
    department_id: submission.department,
    status: 'open',
    opened_at: new Date(),
    decide_by: decideBy,
  });
  return { reservation, task, submission: submission.id, visitor: of.visitor };
}

/** A reservation that a visitor submitted and the real workflow took: ends when its task is in the inbox. */
export async function aSubmittedReservation(
  house: House & { client: Client },
  wish: Wish & { overstay?: OverstayTimes } = {},
) {
  const { db } = house;
  const of = await aVisitor(house, wish.who);
  const request = randomUUID();
  const { reservation, submission } = await db.transaction(async (trx) => {
    const draft = await openDraft(trx, of.visitor);
    const submitted = await aSubmission({ ...house, db: trx }, draft.id, of, wish);
    await keepRequest(trx, {
      id: request,
      reservation: draft.id,
      kind: 'submit',
      actor: { kind: 'visitor', id: of.visitor },
      payload: {
        submission: submitted.id,
        ready: { person: of.person, personVersion: 1, consent: of.consent },
      },
    });
    return { reservation: draft.id, submission: submitted.id };
  });
  await deliver(house, request, wish.overstay);
  const task = await until(() => db('task').where({ reservation_id: reservation }).first(), 'the task is in the inbox');
  return { reservation, submission, visitor: of.visitor, task: task.id as string };
}

/** By the real workflow, which takes it. */
export async function deliver(
  { db, client }: House & { client: Client },
  request: string,
  overstay?: OverstayTimes,
): Promise<void> {
  // Whoever looks at people who stay on says by themselves when gates have forwarded.
  const durations = { draftTtl: 3600_000, ...(overstay ? { settleFor: 600_000, overstay } : { settleFor: 2_000 }) };
  const delivery = createDelivery({ db, client, durations, log: createLog('test', 'silent') });
  const delivered = await delivery.deliver(request, 20_000);
  if (delivered.status !== 'answered' || !delivered.answer.ok) {
    throw new Error(`The request was not taken: ${JSON.stringify(delivered)}`);
  }
}
