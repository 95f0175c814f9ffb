import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { Actor } from '../../domain/request.ts';
import { findPerson } from '../people/person.ts';
import { leaving } from '../reservations/leaving.ts';
import { keepRequest } from '../reservations/request.ts';
import { type AwaitedPerson, freezePerson, type SubmittedPerson } from '../reservations/submission.ts';
import { submittedLead } from '../reservations/submitted-lead.ts';
import { type Companion, readCompanions, type Sealing } from './companion.ts';

/** From the book into a submission: people who are ready are copied, all others are awaited and follow. */

export interface PartyCopy {
  people: SubmittedPerson[];
  awaited: AwaitedPerson[];
}

/**
 * Ordinals follow the order given, after every one that this reservation has given out before. The ordinal of a person
 * who was taken out, or was in a change that came to nothing, is not used again, since a pass or a message of removal
 * names an ordinal alone. Locks the rows: a person who becomes ready at this moment waits for it.
 */
export async function copyParty(
  trx: Knex,
  sealing: Sealing,
  { lead, reservation }: { lead: string; reservation: string },
  ids: string[],
): Promise<PartyCopy> {
  const copy: PartyCopy = { people: [], awaited: [] };
  if (ids.length === 0) return copy;
  const companions = await readCompanions(trx, sealing.cipher, { lead, ids, lock: true });
  const given = await lastOrdinal(trx, reservation);
  for (const [place, companion] of companions.entries()) {
    const ordinal = given + place + 1;
    const person = await freeze(trx, sealing, companion, ordinal);
    if (person) copy.people.push(person);
    else copy.awaited.push({ ordinal, companion: companion.id, name: companion.name });
  }
  return copy;
}

/** 0 while only the lead has one. Erased rows keep theirs. */
async function lastOrdinal(trx: Knex, reservation: string): Promise<number> {
  const { rows } = await trx.raw<{ rows: [{ last: number }] }>(
    `select coalesce(max(ordinal), 0)::int as last from (
      select ordinal from reservation_person where reservation_id = :reservation
      union all select ordinal from awaited_person where reservation_id = :reservation) given`,
    { reservation },
  );
  return rows[0].last;
}

/**
 * A person whom a lead books for without coming along: the first of the party, under the lead's declaration.
 * @returns undefined when they have an account, or miss something by now
 */
export async function copyVisitor(
  trx: Knex,
  sealing: Sealing,
  lead: string,
  companion: string,
): Promise<SubmittedPerson | undefined> {
  const [found] = await readCompanions(trx, sealing.cipher, { lead, ids: [companion], lock: true });
  return found?.kind === 'declared' ? freeze(trx, sealing, found, 0) : undefined;
}

async function freeze(
  trx: Knex,
  { cipher }: Sealing,
  companion: Companion,
  ordinal: number,
): Promise<SubmittedPerson | undefined> {
  const { consent, declared, member } = companion;
  if (companion.state !== 'ready' || !consent) return undefined;
  if (member) {
    const person = await findPerson(trx, cipher, member);
    if (!person) return undefined;
    const own = await submittedLead(trx, person, { visitor: member, consent, plate: null });
    return { ...own, ordinal, companion: companion.id };
  }
  if (!declared) return undefined;
  return {
    ordinal,
    person: null,
    personVersion: null,
    visitor: null,
    companion: companion.id,
    consent,

    name: companion.name,
    phone: companion.phone,
    plate: null,
    guardian: companion.guardian,

    documentPhoto: null,
    facePhoto: null,
    ...declared,
  };
}

/**
 * Somebody may have become ready: every open visit that awaits them gets the frozen copy and a request that says so. Call
 * it in the transaction that made them ready, after their rows are written.
 *
 * @returns the requests to deliver
 */
export async function announceReady(
  trx: Knex,
  sealing: Sealing,
  who: { member: string } | { lead: string; companion: string },
  actor: Actor,
): Promise<string[]> {
  const wanted = 'member' in who ? { member: who.member } : { lead: who.lead, ids: [who.companion] };
  const requests: string[] = [];
  for (const companion of await readCompanions(trx, sealing.cipher, { ...wanted, lock: true })) {
    if (companion.state !== 'ready') continue;
    for (const { submission, reservation, ordinal } of await awaiting(trx, companion.id)) {
      const person = await freeze(trx, sealing, companion, ordinal);
      if (!person) continue;
      await freezePerson(trx, sealing, { id: submission, reservation }, person);
      const request = randomUUID();
      await keepRequest(trx, {
        id: request,
        reservation,
        kind: 'person_ready',
        actor,
        payload: { submission, ordinal },
      });
      requests.push(request);
    }
  }
  return requests;
}

interface Awaiting {
  submission: string;
  reservation: string;
  ordinal: number;
}

/** SQL: a person's ordinal in the standing visit of reservation `r`, or in a change that waits. */
const isOf = (place: string): string =>
  `((${place}.submission_id = r.submission_id and ${place}.ordinal = any(r.ordinals))
    or (${place}.submission_id = r.change_submission_id and ${place}.ordinal = any(r.change_ordinals)))`;

/** Submissions of open visits: the approved one, a change that waits beside it, and one that is on its way. */
async function awaiting(trx: Knex, companion: string): Promise<Awaiting[]> {
  const { rows } = await trx.raw<{ rows: Awaiting[] }>(
    `select a.submission_id as submission, a.reservation_id as reservation, a.ordinal
      from awaited_person a join reservation r on r.id = a.reservation_id join submission s on s.id = a.submission_id
      where a.companion_id = ? and a.erased_at is null and r.stage <> 'closed'
        and not exists (select from reservation_person p where p.submission_id = a.submission_id and p.ordinal = a.ordinal)
        and a.ordinal not in (select ordinal from ${leaving('submission')} asked)
        and (${isOf('a')} or exists (
          select from request q where q.reservation_id = r.id and q.status = 'pending'
            and q.payload->>'submission' = a.submission_id::text))
      order by a.submission_id`,
    [companion],
  );
  return rows;
}

/**
 * A companion takes part no longer: every open visit they belong to, ready or awaited, is asked to take them out; a visit
 * that was booked for nobody but them, to end.
 * @param begun also visits whose window has begun
 * @returns the requests to deliver
 */
export async function takeOut(
  trx: Knex,
  companion: string,
  actor: Actor,
  { begun = true }: { begun?: boolean } = {},
): Promise<string[]> {
  const { rows } = await trx.raw<{ rows: { reservation: string; ordinal: number }[] }>(
    `select distinct r.id as reservation, of.ordinal from reservation r
      join (select submission_id, ordinal from reservation_person where companion_id = :companion
        union select submission_id, ordinal from awaited_person where companion_id = :companion) of
        on ${isOf('of')}
      where r.stage <> 'closed' and (:begun or r.visit_from > now()) and of.ordinal not in (select ordinal from ${leaving('row')} asked)
        and not exists (select from request q where q.reservation_id = r.id and q.kind = 'cancel'
          and q.status <> 'refused')`,
    { companion, begun },
  );
  const requests: string[] = [];
  for (const { reservation, ordinal } of rows) {
    const request = randomUUID();
    const about = { id: request, reservation, actor };
    if (ordinal === 0) await keepRequest(trx, { ...about, kind: 'cancel', payload: {} });
    else await keepRequest(trx, { ...about, kind: 'remove_person', payload: { ordinal } });
    requests.push(request);
  }
  return requests;
}
