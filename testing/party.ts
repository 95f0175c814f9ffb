import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { createDelivery } from '../delivery/deliver.ts';
import { createLog } from '../platform/log.ts';
import { keepRequest } from '../store/reservations/request.ts';
import { openDraft } from '../store/reservations/reservation.ts';
import { type AwaitedPerson, type SubmittedPerson, writeSubmission } from '../store/reservations/submission.ts';
import type { House } from './reservations.ts';
import { aSubmittedPerson, aSubmittedVisit } from './submitted.ts';
import { until } from './until.ts';

/**
 * A reservation of several people with accounts of their own, taken by the real workflow; ends when its task is in
 * the inbox. Everybody is known by the phone that they registered, agreed and completed their person with.
 *
 * @param party the lead first
 */
export async function aParty(
  house: House & { client: Client },
  party: string[],
  wish: { from: Date; until: Date; awaited?: string[] },
): Promise<{ reservation: string; task: string }> {
  const { db, cipher, index, client } = house;
  const accounts = await Promise.all(party.map((phone) => accountOf(house, phone)));
  const [lead] = accounts;
  if (!lead) throw new Error('A party has a lead');
  const inBook = async (name: string, member: string | null) => {
    const id = randomUUID();
    const name_enc = cipher.seal({ table: 'companion', column: 'name_enc', row: id }, name);
    const joined_at = member && new Date();
    await db('companion').insert({ id, visitor_id: lead.visitor, name_enc, member_id: member, joined_at });
    return id;
  };
  const names = ['欧阳小满', '钱伴一', '孙伴二', '李伴三'];
  const people: SubmittedPerson[] = [];
  for (const [ordinal, { visitor, person, version, consent }] of accounts.entries()) {
    const name = names[ordinal] ?? '周伴伴';
    people.push(
      aSubmittedPerson({
        ordinal,
        visitor,
        person,
        consent,
        personVersion: version,
        name,
        document: `E0000000${ordinal}`,
        companion: ordinal === 0 ? null : await inBook(name, visitor),
      }),
    );
  }
  const awaited: AwaitedPerson[] = [];
  for (const [n, name] of (wish.awaited ?? []).entries()) {
    awaited.push({ ordinal: accounts.length + n, companion: await inBook(name, null), name });
  }
  const department = await db('department').where({ name_zh: '信息科学与工程学院' }).first();
  const reason = await db('reason').orderBy('position').first();
  const [request, submission] = [randomUUID(), randomUUID()];
  const reservation = await db.transaction(async (trx) => {
    const { id } = await openDraft(trx, lead.visitor);
    const visit = aSubmittedVisit({
      id: submission,
      reservation: id,
      campus: department.campus_id,
      department: department.id,

      reason: reason.id,
      from: wish.from,
      until: wish.until,
      people,
      awaited,
    });
    await writeSubmission(trx, { cipher, index }, visit);
    const ready = { person: lead.person, personVersion: lead.version, consent: lead.consent };
    const actor = { kind: 'visitor', id: lead.visitor } as const;
    await keepRequest(trx, { id: request, reservation: id, kind: 'submit', actor, payload: { submission, ready } });
    return id;
  });
  const durations = { draftTtl: 3600_000, settleFor: 2_000 };
  const delivered = await createDelivery({ db, client, durations, log: createLog('test', 'silent') }).deliver(
    request,
    20_000,
  );
  if (delivered.status !== 'answered' || !delivered.answer.ok) {
    throw new Error(`The submission was not taken: ${JSON.stringify(delivered)}`);
  }
  const task = await until(() => db('task').where({ reservation_id: reservation }).first(), 'the task is in the inbox');
  return { reservation, task: task.id };
}

async function accountOf({ db, index }: House, phone: string) {
  const visitor = await db('visitor')
    .where({ phone_hash: index('phone', phone) })
    .first();
  const person = await db('person').where({ visitor_id: visitor.id }).orderBy('version', 'desc').first();
  const consent = await db('consent').where({ visitor_id: visitor.id, purpose: 'personal_information' }).first();
  return {
    visitor: visitor.id as string,
    person: person.id as string,

    version: person.version as number,
    consent: consent.id as string,
  };
}
